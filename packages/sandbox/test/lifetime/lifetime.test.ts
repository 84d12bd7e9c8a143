import { type ChildProcess, type ChildProcessByStdio, spawn } from 'node:child_process'
import { once } from 'node:events'
import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import type { Readable } from 'node:stream'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { afterEach, beforeAll, expect, onTestFinished, test } from 'vitest'
import { denoProcesses, isRunning, runningProcesses } from '../fixtures/sandbox.ts'

const LIBRARY = new URL('../../build/sandbox/index.js', import.meta.url)

const hosts: ChildProcess[] = []

/** A program that uses the built library, as a user's would. It does not outlive its test. */
function host(body: string, env: Record<string, string> = {}): ChildProcessByStdio<null, Readable, null> {
  const code = `
    import { PyodideSandbox } from ${JSON.stringify(LIBRARY.href)}
    const sandbox = new PyodideSandbox({ pool: { min: 1, max: 2 } })
    ${body}`
  const child = spawn(process.execPath, ['--input-type=module', '-e', code], {
    env: { ...process.env, ...env },
    // What a program says that crashes on purpose is noise.
    stdio: ['ignore', 'pipe', 'ignore'],
  })
  hosts.push(child)
  return child
}

afterEach(() => {
  for (const child of hosts.splice(0)) child.kill('SIGKILL')
})

/** Waits until the program has printed this text. */
async function saying(child: ChildProcessByStdio<null, Readable, null>, text: string): Promise<string> {
  let said = ''
  for await (const chunk of child.stdout.iterator({ destroyOnReturn: false })) {
    said += String(chunk)
    if (said.includes(text)) return said
  }
  throw new Error(`the program ended without a word of "${text}": ${said}`)
}

function temporaryFolders(pid: number): string[] {
  return readdirSync(tmpdir()).filter((name) => name.startsWith(`agentchat-sandbox-${pid}-`))
}

async function expectNothingLeft(pid: number, workers: readonly number[]): Promise<void> {
  expect(workers).not.toEqual([])
  await expect.poll(() => workers.filter(isRunning), { message: 'workers' }).toEqual([])
  await expect.poll(() => temporaryFolders(pid), { message: 'folders' }).toEqual([])
}

/** A program that runs endless Python, and does this at SIGUSR2. */
const looping = (then = '') => `
  await sandbox.start()
  for await (const event of sandbox.stream('print("looping")\\nwhile True: pass', { timeoutSeconds: 600 })) {
    if (event.type !== 'stdout' || event.text === '\\n') continue
    process.once('SIGUSR2', () => { ${then} })
    console.log(event.text)
  }`

beforeAll(async () => {
  expect(existsSync(fileURLToPath(LIBRARY)), 'the build is there: run `npm run build`').toBe(true)
  // The image of the built library, so that no test below waits for it.
  const child = host(`await sandbox.start(); await sandbox.close()`)
  expect(await once(child, 'exit')).toEqual([0, null])
})

test.each(['now', 'a little later'])(
  'a process that waits %s for a reader of its notes is not left behind when the host is killed',
  async (when) => {
    const guardian = new URL('../../build/sandbox/host/guardian.js', import.meta.url)
    // As a worker that was started a moment before its host could tell the guardian of it; it has the pipe by another name.
    const waiting = 'ln "$0" "$1" && $2; echo > "$1"; rm "$1"; exec cat'
    const child = host(`
      import { execFileSync, spawn } from 'node:child_process'
      const { newTemporaryPath } = await import(${JSON.stringify(guardian.href)})
      await sandbox.start()
      const path = newTemporaryPath()
      execFileSync('mkfifo', [path])
      const args = ['-c', ${JSON.stringify(waiting)}, path, ${JSON.stringify(join(tmpdir(), `agentchat-test-notes-${when.length}`))},
        ${JSON.stringify(when === 'now' ? 'true' : 'sleep 1')}]
      const waiting = spawn('sh', args, { detached: true, stdio: ['pipe', 'ignore', 'ignore'] })
      setTimeout(() => console.log('waits ' + waiting.pid + '.'), 300)
      setInterval(() => {}, 1000)`)
    const pid = Number((await saying(child, '.')).match(/waits (\d+)/)?.[1])
    expect(isRunning(pid)).toBe(true)
    child.kill('SIGKILL')
    await expect.poll(() => isRunning(pid)).toBe(false)
  },
)

test.each(['SIGKILL', 'SIGTERM', 'SIGINT', 'SIGHUP'] as const)(
  'a host that ends by %s leaves nothing behind',
  async (signal) => {
    const child = host(looping())
    await saying(child, 'looping')
    const pid = child.pid ?? 0
    // Also the next warm worker, which is being started.
    await expect.poll(() => denoProcesses(pid).length).toBe(2)
    const workers = denoProcesses(pid)
    expect(temporaryFolders(pid).length).toBe(1)
    child.kill(signal)
    await once(child, 'exit')
    await expectNothingLeft(pid, workers)
  },
)

test.each([
  ['process.exit()', 'process.exit(0)', 0],
  ['an uncaught error', 'throw new Error("expected here")', 1],
  ['process.abort()', 'process.abort()', null],
])('a host that ends by %s leaves nothing behind', async (_, end, code) => {
  const child = host(looping(end))
  await saying(child, 'looping')
  const pid = child.pid ?? 0
  const workers = denoProcesses(pid)
  const exited = once(child, 'exit')
  child.kill('SIGUSR2')
  expect((await exited)[0]).toBe(code)
  await expectNothingLeft(pid, workers)
})

test('a host that closes its sandbox ends by itself and leaves nothing behind', async () => {
  const child = host(`await sandbox.execute('40+2'); console.log('done'); await sandbox.close()`)
  const pid = child.pid ?? 0
  await saying(child, 'done')
  expect(await Promise.race([once(child, 'exit'), sleep(60_000, 'runs on')])).toEqual([0, null])
  expect(temporaryFolders(pid)).toEqual([])
})

test('a host that forgets to close its sandbox ends by itself and leaves nothing behind', async () => {
  const child = host(`console.log((await sandbox.execute('40+2')).result)`)
  const pid = child.pid ?? 0
  await saying(child, '42')
  await expect.poll(() => denoProcesses(pid).length).toBeGreaterThan(0)
  const workers = denoProcesses(pid)
  const ending = await Promise.race([once(child, 'exit'), sleep(60_000, 'runs on')])
  expect(ending).toEqual([0, null])
  await expectNothingLeft(pid, workers)
})

test('a host that is killed while it builds an image leaves no process behind', async () => {
  const cache = mkdtempSync(join(tmpdir(), 'agentchat-test-cache-'))
  onTestFinished(() => rmSync(cache, { recursive: true, force: true }))
  const child = host('await sandbox.start()', { AGENTCHAT_CACHE_DIR: cache })
  const pid = child.pid ?? 0
  await expect.poll(() => denoProcesses(pid).length).toBe(1)
  const builders = denoProcesses(pid)
  // The guardian has to have been told; what is killed before that is a matter of milliseconds.
  const guardian = () => runningProcesses().filter(({ parent, name }) => parent === pid && name === 'sh')
  await expect.poll(() => guardian().length).toBe(1)
  await sleep(500)
  child.kill('SIGKILL')
  await once(child, 'exit')
  await expect.poll(() => builders.filter(isRunning)).toEqual([])
  // It was ended, and did not go on to the end of its work.
  expect(readdirSync(cache, { recursive: true }).map(String)).not.toContainEqual(
    expect.stringMatching(/heap\.bin$/),
  )
})
