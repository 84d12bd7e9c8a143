import { readdirSync, readFileSync } from 'node:fs'
import { expect } from 'vitest'
import { program } from '../fixtures/program.ts'
import { programTest } from '../fixtures/program-sandbox.ts'

/** Each program has beside it what CPython prints for it, where it is not said otherwise in its first line. */
const FOLDER = new URL('../fixtures/asyncio/', import.meta.url)
const PROGRAMS = readdirSync(FOLDER)
  .filter((name) => name.endsWith('.py'))
  .map((name) => name.slice(0, -3))

const read = (name: string) => readFileSync(new URL(name, FOLDER), 'utf8')

programTest.for(PROGRAMS)('asyncio does what CPython does: %s', async (name, { sandbox }) => {
  const result = await sandbox.execute(read(`${name}.py`), { timeoutSeconds: 60 })
  expect(result).toMatchObject({ error: null, stdout: read(`${name}.txt`) })
  // In debug mode it names what was slow, as everything is on a busy machine.
  expect(result.stderr.replace(/^Executing <.* took .* seconds\n/gm, '')).toBe('')
})

programTest('tasks that are left at the end are named, cancelled and awaited', async ({ sandbox }) => {
  const result = await sandbox.execute(program('python/leftover-tasks'))
  expect(result).toMatchObject({
    error: null,
    stdout: expect.stringMatching(/^scheduled\n(cleaned (one|two)\n){2}$/),
  })
  expect(result.stderr.match(/Task was destroyed but it is pending!/g)).toHaveLength(3)
  expect(result.stderr).toMatch(
    /^task: <Task pending name='Task-\d+' coro=<save\(\) running at .*main.py:4>>$/m,
  )
  expect(result.stderr).toMatch(
    /name='failing'.*unhandled exception at the end of the program.*ZeroDivision/s,
  )
})

programTest(
  'a task that a script makes outside of a loop is named at the end, and goes on where something waits',
  async ({ sandbox }) => {
    const made =
      'import asyncio\nasync def save():\n    await asyncio.sleep(0.01)\n    print("saved")\ntask = asyncio.create_task(save())\nprint("scheduled")\n'
    const left = await sandbox.execute(made)
    expect(left).toMatchObject({ error: null, stdout: 'scheduled\n' })
    expect(left.stderr).toMatch(
      /^Task was destroyed but it is pending!\ntask: <Task pending name='Task-\d+' coro=<save\(\)/,
    )
    const waited = await sandbox.execute(`${made}asyncio.get_event_loop().run_until_complete(task)`)
    expect(waited).toMatchObject({ error: null, stdout: 'scheduled\nsaved\n', stderr: '' })
    // There is still no running loop, as in a script elsewhere, and none in a thread.
    const others =
      'import asyncio, threading\nasync def f(): pass\ndef ask(make):\n    c = f()\n    try: make(c)\n    except RuntimeError as e: print(e)\n    c.close()\nask(lambda c: asyncio.get_running_loop())\nt = threading.Thread(target=ask, args=(asyncio.create_task,)); t.start(); t.join()\nasyncio.set_event_loop(asyncio.new_event_loop())\nask(asyncio.create_task)'
    expect((await sandbox.execute(others)).stdout).toBe('no running event loop\n'.repeat(3))
  },
)

programTest('of very many tasks that are left some are named, and the rest counted', async ({ sandbox }) => {
  const code =
    'import asyncio\nloop = asyncio.get_event_loop()\nfor _ in range(1000): loop.create_task(asyncio.sleep(9), name="x" * 5000)\nprint("on")'
  const { error, stderr } = await sandbox.execute(code)
  expect(error).toBeNull()
  expect(stderr).toMatch(/980 more tasks were destroyed\n$/)
  expect(stderr.length).toBeLessThan(20_000)
})

programTest.for([
  ['sleeps', 'await asyncio.sleep(1000)', 'asyncio.run(main())', [3]],
  ['computes', 'while True: pass', 'asyncio.run(main())', [3]],
  // What is running then is the body or the loop itself.
  ['yields', 'while True: await asyncio.sleep(0)', 'asyncio.run(main())', [3, 4]],
  [
    'has a loop of its own',
    'await asyncio.sleep(1000)',
    'asyncio.new_event_loop().run_until_complete(main())',
    [3],
  ],
  ['runs for ever', 'pass', 'asyncio.new_event_loop().run_forever()', [4]],
  ['runs the standing loop for ever', 'pass', 'asyncio.get_event_loop().run_forever()', [4]],
] as const)('a time limit ends a loop that %s, at its line', async ([, body, call, lines], { sandbox }) => {
  const code = `import asyncio\nasync def main():\n    ${body}\n${call}`
  const { error } = await sandbox.execute(code, { timeoutSeconds: 0.5 })
  expect(error?.kind).toBe('timeout')
  // Null where the machine was so busy that it had to be killed.
  expect([...lines, null]).toContain(error?.line)
  expect(await sandbox.execute('import asyncio\nasyncio.run(asyncio.sleep(0, 7))')).toMatchObject({
    result: 7,
  })
})

programTest('nest_asyncio does no harm', async ({ sandbox }) => {
  const module =
    'import asyncio\ndef apply(loop=None): raise ValueError("Can\'t patch loop of type")\n__all__ = ["apply"]'
  const code = `import nest_asyncio, asyncio
nest_asyncio.apply()
async def inner(): await asyncio.sleep(0.01); return 1
async def outer(): return asyncio.get_event_loop().run_until_complete(inner()) + asyncio.run(inner())
[asyncio.run(outer()), await outer()]`
  const result = await sandbox.execute(code, { files: { 'nest_asyncio.py': module } })
  expect(result).toMatchObject({ error: null, result: [2, 2] })
})

programTest('a session goes on with its tasks, and may close loops', async ({ sandbox }) => {
  await using session = sandbox.session()
  const code = `import asyncio
begun = asyncio.Event()
async def later(): await begun.wait(); await asyncio.sleep(0.05); print("late"); return 5
task = asyncio.create_task(later())
asyncio.get_event_loop().close()
own = asyncio.new_event_loop(); asyncio.set_event_loop(own)`
  expect(await session.execute(code)).toMatchObject({ error: null, stderr: '' })
  expect(await session.execute('begun.set()\nawait task')).toMatchObject({
    error: null,
    result: 5,
    stdout: 'late\n',
  })
  const again = await session.execute('[asyncio.get_event_loop() is own, own.run_until_complete(later())]')
  expect(again).toMatchObject({ error: null, result: [true, 5] })
  await using woken = sandbox.session(await session.save())
  expect(await woken.execute('own.run_until_complete(later())')).toMatchObject({ error: null, result: 5 })
})

programTest('much may be made while a stack waits that was not the first one', async ({ sandbox }) => {
  const code = program('python/garbage-while-waiting')
  expect(await sandbox.execute(code)).toMatchObject({ error: null, result: 'on' })
})

programTest('synchronous waits within a loop of the program come to an end', async ({ sandbox }) => {
  const code = `import asyncio, threading, time
from pyodide.ffi import run_sync
async def main():
    time.sleep(0.01)
    thread = threading.Thread(target=time.sleep, args=[0.01]); thread.start(); thread.join()
    return [double(2), run_sync(asyncio.sleep(0.01, 3)), await asyncio.to_thread(lambda: double(4))]
asyncio.run(main())`
  const tool = {
    name: 'double',
    description: '',
    parameters: { type: 'object', properties: { n: { type: 'integer' } } },
  }
  const execute = async ({ n }: Record<string, unknown>) => Number(n) * 2
  const tools = [{ ...tool, execute }] as never
  expect(await sandbox.execute(code, { tools })).toMatchObject({ error: null, result: [4, 3, 8] })
})

programTest.for([
  ['a task', 'async def leave(): sys.exit(3)\nt = asyncio.create_task(leave())\nawait asyncio.sleep(100)'],
  ['a callback', 'asyncio.get_running_loop().call_later(0.01, sys.exit, 3)\nawait asyncio.sleep(100)'],
  [
    'a task, while another loop runs',
    'async def leave(): sys.exit(3)\nt = asyncio.get_event_loop().create_task(leave())\nasyncio.run(asyncio.sleep(100))',
  ],
  [
    'a task of a loop of its own',
    'async def leave(): sys.exit(3)\nasync def main():\n    t = asyncio.create_task(leave())\n    await asyncio.sleep(100)\nasyncio.run(main())',
  ],
])('sys.exit in %s ends the program', async ([, code], { sandbox }) => {
  const clean = 'import asyncio, atexit, sys\natexit.register(print, "end")\n'
  expect(await sandbox.execute(clean + code)).toMatchObject({
    error: { kind: 'exception', name: 'SystemExit', message: '3' },
    stdout: 'end\n',
  })
})

programTest('an exception that nobody retrieves is told as CPython tells it', async ({ sandbox }) => {
  const code =
    'import asyncio\nasync def f(): raise ValueError("lost")\nasyncio.create_task(f())\nawait asyncio.sleep(0.01)'
  const { error, stderr } = await sandbox.execute(code)
  expect(error).toBeNull()
  expect(stderr).toMatch(
    /^Task exception was never retrieved\nfuture: <Task finished name='Task-\d+' coro=<f\(\) done, defined at \/workspace\/main.py:2> exception=ValueError\('lost'\)>\nTraceback \(most recent call last\):\n {2}File "\/workspace\/main.py", line 2, in f\n/,
  )
})

programTest('no sleep ends early, however short it is', async ({ sandbox }) => {
  const code = `
import asyncio, time
async def early():
    found = []
    for seconds in (0.0005, 0.001, 0.0019, 0.003, 0.0045, 0.01):
        begun = time.monotonic()
        await asyncio.sleep(seconds)
        if time.monotonic() - begun < seconds - 2e-5: found.append((seconds, time.monotonic() - begun))
    return found
[await early(), asyncio.run(early())]`
  expect(await sandbox.execute(code)).toMatchObject({ error: null, result: [[], []] })
})
