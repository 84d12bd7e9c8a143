import { spawn } from 'node:child_process'
import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { describe, expect, test } from 'vitest'
import { temporaryRoot } from '../../src/sandbox/host/guardian.ts'
import { PyodideSandbox } from '../../src/sandbox/index.ts'
import { ATTEMPT, granted } from '../fixtures/granted-programs.ts'
import { JS, sandboxTestWith } from '../fixtures/sandbox.ts'

const runTest = sandboxTestWith(granted)

/** Processes of this machine whose command line holds `text`. */
function processesOf(text: string): number[] {
  return readdirSync('/proc')
    .filter((name) => /^\d+$/.test(name))
    .filter((pid) => {
      try {
        return readFileSync(`/proc/${pid}/cmdline`, 'latin1').includes(text)
      } catch {
        return false
      }
    })
    .map(Number)
}

/** A time to sleep that no other test uses: marks processes. */
let seconds = 41_000 + (process.pid % 1000) * 50

const longTime = () => String(++seconds)

/** The folders of runs that started a program. */
const folders = () =>
  readdirSync(temporaryRoot()).filter((name) =>
    ['mark', 'work'].some((inside) => existsSync(join(temporaryRoot(), name, inside))),
  )

describe.runIf(process.platform === 'linux')('allowRun', () => {
  describe('what a run leaves behind', () => {
    runTest.for([
      ['ends', ''],
      ['raises', 'raise ValueError'],
      ['takes too long', 'time.sleep(60)'],
      ['takes too long in a busy loop', 'while True: pass'],
      ['waits for the program too long', 'p.communicate()'],
      ['hangs in JavaScript', `exec(${JSON.stringify(JS)}); js("while(true){}")`],
    ] as const)('a run that %s leaves no process and no folder', async ([, then], { sandbox }) => {
      const time = longTime()
      const code = `
import subprocess, time
p = subprocess.Popen('''
sleep ${time} &
(setsid sleep ${time} &)
setsid sh -c "trap '' TERM HUP INT; sleep ${time} & sleep ${time}" > /dev/null 2>&1 < /dev/null &
mkdir -p locked/in; touch locked/in/file; chmod 0 locked/in
echo started; exec sleep ${time}''', shell=True, stdout=subprocess.PIPE)
print(p.stdout.readline())
time.sleep(0.2)
subprocess.run(['sh', '-c', 'tr "\\\\0" " " < /proc/self/cmdline; exit 0'], stdout=subprocess.DEVNULL)
print("running")
${then}`
      let running = 0
      for await (const event of sandbox.stream(code, { timeoutSeconds: 6 })) {
        if (event.type === 'stdout' && event.text.includes('running'))
          running = processesOf(`sleep\0${time}`).length
      }
      expect(running).toBeGreaterThanOrEqual(5)
      await expect.poll(() => processesOf(time)).toEqual([])
      await expect.poll(folders).toEqual([])
      expect((await sandbox.execute('40+2')).result).toBe(42)
    })

    runTest('cancelling and closing end what was started', async ({ sandbox }) => {
      const time = longTime()
      const abort = new AbortController()
      const code = `import subprocess\nsubprocess.run('echo on; sleep ${time}; sleep ${time}', shell=True)`
      for await (const event of sandbox.stream(code, { signal: abort.signal })) {
        if (event.type === 'stdout') abort.abort()
        if (event.type === 'finished') expect(event.result.error?.kind).toBe('cancelled')
      }
      await expect.poll(() => processesOf(time)).toEqual([])
      const other = new PyodideSandbox({ ...granted, pool: { min: 0, max: 1 } })
      for await (const event of other.stream(code)) {
        if (event.type !== 'stdout') continue
        await other.close()
        expect(processesOf(time)).toEqual([])
      }
    })

    test.each(['SIGKILL', 'SIGTERM'] as const)(
      'a host that ends by %s takes its programs with it',
      async (signal) => {
        const library = new URL('../../build/sandbox/index.js', import.meta.url)
        expect(existsSync(library), 'the build is there: run `npm run build`').toBe(true)
        const time = longTime()
        const python = `
import subprocess
subprocess.run('''sleep ${time} & (setsid sleep ${time} > /dev/null 2>&1 &)
echo on; sleep ${time}''', shell=True)`
        const program = `
        import { PyodideSandbox } from ${JSON.stringify(library.href)}
        const sandbox = new PyodideSandbox({ allowRun: ['sh', 'sleep'], pool: { min: 0, max: 1 } })
        for await (const event of sandbox.stream(${JSON.stringify(python)})) if (event.text) console.log(event.text)`
        const host = spawn(process.execPath, ['--input-type=module', '-e', program], {
          stdio: ['ignore', 'pipe', 'inherit'],
        })
        for await (const chunk of host.stdout) if (String(chunk).includes('on')) break
        await expect.poll(() => processesOf(`sleep\0${time}`).length).toBe(3)
        host.kill(signal)
        await expect.poll(() => processesOf(`sleep\0${time}`)).toEqual([])
        const left = () =>
          readdirSync(tmpdir()).filter((name) => name.startsWith(`agentchat-sandbox-${host.pid}-`))
        await expect.poll(left).toEqual([])
      },
    )

    runTest(
      'a program that writes without end waits for its reader, and its output ends the run',
      async ({ sandbox }) => {
        const before = process.memoryUsage().rss
        const held = await sandbox.execute(`
import subprocess, time
p = subprocess.Popen('while :; do echo ${'x'.repeat(200)}; done', shell=True, stdout=subprocess.PIPE)
time.sleep(2)
len(p.stdout.read(100_000))`)
        expect(held.result).toBe(100_000)
        expect(process.memoryUsage().rss - before).toBeLessThan(200 * 2 ** 20)
        const { error, truncated } = await sandbox.execute(
          `import subprocess\nsubprocess.run('while :; do echo ${'x'.repeat(200)}; done', shell=True, timeout=3)`,
        )
        expect(error?.name).toMatch(/TimeoutExpired|OutputLimitError/)
        expect(truncated.stdout).toBe(true)
      },
    )

    runTest('no more than 16 programs run at a time', async ({ sandbox }) => {
      const { result } = await sandbox.execute(`${ATTEMPT}
many = [subprocess.Popen(['sleep', '30']) for _ in range(16)]
seen = [attempt(lambda: subprocess.run(['echo']))]
many.pop().kill()
for _ in range(100):
    time.sleep(0.02)
    seen.append(attempt(lambda: subprocess.run(['echo'], stdout=-3).returncode))
    if seen[-1] == '0':
        break
[seen[0], seen[-1], [(p.kill(), p.wait())[1] for p in many].count(-9)]`)
      expect(result).toEqual(['BlockingIOError EAGAIN [Errno 11] Too many programs at a time: 16', '0', 15])
    })
  })
})
