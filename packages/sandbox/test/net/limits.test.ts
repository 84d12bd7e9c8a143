import { afterAll, afterEach, describe, expect, test } from 'vitest'
import { type ExecutionOptions, PyodideSandbox } from '../../src/sandbox/index.ts'
import { startServer } from '../fixtures/net-server.ts'
import { program } from '../fixtures/program.ts'

const server = await startServer()
const { port } = server
const sandbox = new PyodideSandbox({ allowNet: ['localhost'], denyNet: [], pool: { min: 1, max: 1 } })
afterAll(async () => {
  await sandbox.close()
  await server.close()
})
// The worker of a run takes its connections with it, however it ended.
afterEach(() => expect.poll(server.open, { message: 'connections left open' }).toBe(0))

const PRELUDE = program('net/connecting')
const execute = (code: string, options?: ExecutionOptions) =>
  sandbox.execute(PRELUDE + code, { globals: { port }, ...options })

describe('the time limit', () => {
  test.each([
    ['a synchronous request', `ask('/silent').recv(1)`],
    [
      'a synchronous download without end',
      `
endless = ask('/endless')
while endless.recv(65536):
    pass`,
    ],
    ['a task that downloads', `await get('/endless')`],
    [
      'a download beside a task that keeps Python busy',
      `
async def busy():
    while True:
        sum(range(10_000))
        await asyncio.sleep(0)
await asyncio.gather(get('/endless'), get('/endless'), busy())`,
    ],
    [
      'a busy loop while answers come',
      `
downloads = [asyncio.create_task(get('/endless')) for _ in range(4)]
await asyncio.sleep(0.2)
while True:
    pass`,
    ],
    [
      'a request in a loop that catches everything',
      `
while True:
    try:
        ask('/silent').recv(1)
    except BaseException:
        pass`,
    ],
  ])('ends %s in time, and keeps what was printed', async (_name, code) => {
    const before = server.connections()
    const result = await execute(code, { timeoutSeconds: 2 })
    expect(server.connections()).toBeGreaterThan(before)
    expect(result).toMatchObject({ status: 'error', stdout: 'so far\n', error: { kind: 'timeout' } })
    expect(result.executionTime).toBeGreaterThan(1.9)
    // 0.5 s of grace, and a machine that has other things to do.
    expect(result.executionTime).toBeLessThan(10)
  })

  test('is a KeyboardInterrupt where Python waits, so that it can tidy up', async () => {
    const code = `
try:
    ask('/silent').recv(1)
except KeyboardInterrupt:
    print('interrupted')
    raise`
    const result = await execute(code, { timeoutSeconds: 2 })
    expect(result).toMatchObject({ stdout: 'so far\ninterrupted\n', error: { kind: 'timeout' } })
    expect(result.error?.traceback).toContain("ask('/silent').recv(1)")
  })
})

test('a run that is cancelled in a request ends at once', async () => {
  const control = new AbortController()
  const running = execute(`ask('/silent').recv(1)`, { signal: control.signal })
  await expect.poll(server.open).toBe(1)
  control.abort()
  expect(await running).toMatchObject({ stdout: 'so far\n', error: { kind: 'cancelled' } })
})

test('what a run leaves open is closed when it has ended', async () => {
  const code = `
import socket
kept = [socket.create_connection(('localhost', port)) for _ in range(20)]
len(kept)`
  expect(await execute(code)).toMatchObject({ error: null, result: 20 })
})

test('too many connections are an OSError, and room is made by closing some', async () => {
  const code = program('net/too-many-connections')
  expect(await execute(code)).toMatchObject({ error: null, result: [256, true] })
})

test('a thousand questions at a time are answered, and none is lost', async () => {
  const code = `
found = await asyncio.gather(*(asyncio.get_event_loop().getaddrinfo('localhost', port) for _ in range(2000)))
len(found)`
  expect(await execute(code)).toMatchObject({ error: null, result: 2000 })
})

test('a pending request does not outlive close()', async () => {
  const other = new PyodideSandbox({ allowNet: ['localhost'], denyNet: [], pool: { min: 0, max: 1 } })
  const running = other.execute(`${PRELUDE}ask('/silent').recv(1)`, { globals: { port } })
  const ended = running.then(
    () => 'ended',
    () => 'ended',
  )
  await expect.poll(server.open).toBe(1)
  await other.close()
  expect(await ended).toBe('ended')
})
