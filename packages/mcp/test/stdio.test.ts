import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { createInterface } from 'node:readline'
import { afterAll, describe, expect, test } from 'vitest'
import { COMMAND, connect, ERAS } from './fixtures/mcp-client.ts'

describe.each(ERAS)('the server over standard streams, protocol of %s,', (era) => {
  const connected = connect(era)
  afterAll(async () => await (await connected)[Symbol.asyncDispose]())

  test('says what it has, and what each tool does to the world', async () => {
    const { client } = await connected
    expect(client.getInstructions()).toContain('Limits: 60 s and 512 MB')
    const { tools } = await client.listTools()
    const hints = tools.map(({ name, title, annotations, outputSchema }) => {
      const { readOnlyHint, destructiveHint, openWorldHint } = annotations ?? {}
      return [
        name,
        title !== undefined,
        readOnlyHint,
        destructiveHint,
        openWorldHint,
        outputSchema !== undefined,
      ]
    })
    expect(hints).toEqual([
      ['run_python', true, false, false, false, false],
      ['get_run', true, true, false, false, false],
      ['cancel_run', true, false, true, false, false],
      ['create_session', true, false, false, false, true],
      ['list_sessions', true, true, false, false, true],
      ['reset_session', true, false, true, false, true],
      ['list_files', true, true, false, false, true],
      ['read_file', true, true, false, false, true],
      ['write_file', true, false, true, false, true],
    ])
  })

  test('run_python keeps variables, shows values, and tells an exception as an error of the tool', async () => {
    const { call } = bound(await connected)
    expect(await call('run_python', { code: 'x = 20\nprint("hi")' })).toMatchObject({ isError: false })
    expect((await call('run_python', { code: 'x + 1' })).text).toContain('21')
    const failed = await call('run_python', { code: 'print("before")\n1 / 0' })
    expect(failed.isError).toBe(true)
    expect(failed.text).toMatch(/before[\s\S]*ZeroDivisionError/)
    expect((await call('run_python', { code: 'input()', stdin: 'typed' })).text).toContain('typed')
  })

  test('sessions are apart, and a handle that is none names those that are', async () => {
    const { call } = bound(await connected)
    await call('run_python', { code: 'mine = 1' })
    const { handle } = (await call('create_session')).structuredContent as { handle: string }
    expect((await call('run_python', { code: 'mine', session: handle })).text).toContain('NameError')
    const foreign = await call('run_python', { code: '1', session: 'session-0' })
    expect(foreign.isError).toBe(true)
    expect(foreign.text).toContain(handle)
    await call('run_python', { code: 'y = 1\nopen("f", "w").close()', session: handle })
    await call('reset_session', { session: handle })
    expect((await call('run_python', { code: 'y', session: handle })).text).toContain('NameError')
    expect((await call('list_files', { session: handle })).structuredContent).toEqual({ files: [], more: 0 })
    const { sessions } = (await call('list_sessions')).structuredContent as { sessions: { handle: string }[] }
    expect(sessions.map((each) => each.handle)).toEqual(['default', handle])
  })

  test('files go in and out, as tools and as resources', async () => {
    const { call, client } = bound(await connected)
    await call('write_file', { path: 'in/data.txt', text: 'größer' })
    const made = await call('run_python', { code: 'open("out.bin", "wb").write(bytes([0, 255]))' })
    const [link] = made.content.filter((each) => each.type === 'resource_link')
    expect(link).toMatchObject({ name: 'out.bin', size: 2 })
    const { contents } = await client.readResource({ uri: String(link?.uri) })
    expect(contents).toEqual([expect.objectContaining({ blob: 'AP8=' })])
    expect((await call('read_file', { path: 'out.bin' })).structuredContent).toEqual({
      base64: 'AP8=',
      truncated: false,
    })
    // The limit cuts a character, which is left out and not taken for something that is no text.
    expect((await call('read_file', { path: 'in/data.txt', max_bytes: 3 })).structuredContent).toEqual({
      text: 'gr',
      truncated: true,
    })
    expect((await call('write_file', { path: 'a' })).text).toContain('either "text" or "base64"')
    expect((await call('write_file', { path: 'a', base64: 'a b!' })).text).toContain('not base64')
    expect((await call('write_file', { path: '../a', text: '' })).isError).toBe(true)
    expect((await call('read_file', { path: 'absent' })).text).toContain('absent')
  })

  test.each([
    'sandbox://default/absent',
    'sandbox://session-0/a',
    'sandbox://default/..%2f..%2fetc%2fpasswd',
    'sandbox://run-0-display/0',
    'sandbox://default/%',
    'file:///etc/passwd',
  ])('there is no resource %s', async (uri) => {
    const { client } = await connected
    await expect(client.readResource({ uri })).rejects.toMatchObject({ code: expect.any(Number) })
  })

  test('a picture within the budget comes with the answer, a larger one as a link that can be read', async () => {
    const { call, client } = bound(await connected)
    const show = (bytes: number) => `
from base64 import b64encode
class Picture:
    def _repr_png_(self): return b"\\x89PNG" + bytes(${bytes})
display(Picture())`
    const small = await call('run_python', { code: show(1000) })
    expect(small.content).toContainEqual(expect.objectContaining({ type: 'image', mimeType: 'image/png' }))
    const large = await call('run_python', { code: show(400_000) })
    expect(JSON.stringify(large).length).toBeLessThan(100_000)
    const [link] = large.content.filter((each) => each.type === 'resource_link')
    const { contents } = await client.readResource({ uri: String(link?.uri) })
    expect(contents[0]).toMatchObject({ mimeType: 'image/png' })
    const many = await call('run_python', { code: `${show(140_000)}\nfor _ in range(9): display(Picture())` })
    expect(JSON.stringify(many).length).toBeLessThan(2 ** 20)
  })

  test('a run outlives the call that began it; get_run gives its end, with progress meanwhile', async () => {
    const { call } = bound(await connected)
    const code = 'import time\nfor i in range(16):\n    print("step", i)\n    time.sleep(0.5)'
    const begun = await call('run_python', { code, wait_seconds: 0.5 })
    expect(begun.text).toMatch(/^run-\w+ is still running/)
    const [run] = /^run-\w+/.exec(begun.text) ?? []
    const progress: { progress: number; message?: string | undefined }[] = []
    const ended = await call('get_run', { run }, { onprogress: (each) => progress.push(each) })
    expect(ended.text).toContain('step 15')
    // Seconds of the call: told at least every five of them, until its end.
    expect(progress.length).toBeGreaterThan(1)
    const gaps = progress.map((each, at) => each.progress - (progress[at - 1]?.progress ?? 0))
    expect(gaps.filter((seconds) => seconds <= 0 || seconds > 5)).toEqual([])
    expect(progress.at(-1)?.message).toMatch(/step|running/)
    expect((await call('get_run', { run: 'run-0' })).text).toContain(String(run))
  })

  test('cancel_run ends a run and keeps what it wrote', async () => {
    const { call } = bound(await connected)
    const begun = await call('run_python', { code: 'print("so far")\nwhile True: pass', wait_seconds: 0.5 })
    const [run] = /^run-\w+/.exec(begun.text) ?? []
    const ended = await call('cancel_run', { run })
    expect(ended.text).toMatch(/cancelled[\s\S]*so far/)
  })

  test('a call that is taken back ends its run, and the session goes on', async () => {
    const { call } = bound(await connected)
    const taken = AbortSignal.timeout(300)
    await expect(call('run_python', { code: 'while True: pass' }, { signal: taken })).rejects.toThrow()
    const begun = performance.now()
    // It waits for its turn in the same session.
    expect((await call('run_python', { code: '"next"' })).text).toContain('next')
    expect(performance.now() - begun).toBeLessThan(20_000)
  })

  test('arguments that cannot be are refused by name', async () => {
    const { call } = bound(await connected)
    for (const [args, told] of [
      [{}, 'code'],
      [{ code: 1 }, 'code'],
      [{ code: '1', timeout_seconds: 1e9 }, 'timeout_seconds'],
      [{ code: '1', unknown: true }, 'unknown'],
      [{ code: '1', session: 'a\0' }, 'must be a handle'],
      [{ code: '1', session: '__proto__' }, 'there is no session "__proto__"'],
      [{ code: 'x = "\0"' }, 'null bytes'],
    ] as const)
      expect(await refusal(call('run_python', args))).toContain(told)
  })
})

/** The two eras differ in whether a wrong argument is an outcome of the tool or an error of the protocol. */
async function refusal(asked: Promise<{ text: string }>): Promise<string> {
  return await asked.then(
    ({ text }) => text,
    (error: unknown) => String(error),
  )
}

function bound(connection: Awaited<ReturnType<typeof connect>>) {
  return { client: connection.client, call: connection.call.bind(connection) }
}

test('the command answers before Python is there, and only the protocol reaches standard output', async () => {
  const server = spawn(process.execPath, [COMMAND], { stdio: ['pipe', 'pipe', 'ignore'] })
  const lines: string[] = []
  const reader = createInterface(server.stdout)
  const answers = new Map<number, () => void>()
  reader.on('line', (line) => {
    lines.push(line)
    answers.get(JSON.parse(line).id)?.()
  })
  const ask = async (id: number, method: string, params: object) => {
    const answered = new Promise<void>((resolve) => answers.set(id, resolve))
    server.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', id, method, params })}\n`)
    await answered
  }
  await ask(1, 'initialize', {
    protocolVersion: '2025-06-18',
    capabilities: {},
    clientInfo: { name: 'raw', version: '1' },
  })
  server.stdin.write(`${JSON.stringify({ jsonrpc: '2.0', method: 'notifications/initialized' })}\n`)
  const noisy = `
import os, sys
print("{not json")
sys.__stdout__.write("raw\\n")
os.write(1, b"bytes\\n")
os.write(2, b"bytes\\n")`
  await ask(2, 'tools/call', { name: 'run_python', arguments: { code: noisy } })
  server.stdin.end()
  const [code] = await once(server, 'exit')
  expect(code).toBe(0)
  expect(lines).toHaveLength(2)
  expect(lines.map((line) => JSON.parse(line).jsonrpc)).toEqual(['2.0', '2.0'])
})

test('a message that is too large ends the command with the reason, and no client waits for ever', async () => {
  const server = spawn(process.execPath, [COMMAND], { stdio: ['pipe', 'ignore', 'pipe'] })
  let said = ''
  server.stderr.on('data', (text) => {
    said += text
  })
  // It reads no more of it than it takes.
  server.stdin.on('error', () => {})
  server.stdin.write('x'.repeat(11 * 2 ** 20))
  const [code] = await once(server, 'exit')
  expect({ code, said }).toEqual({ code: 70, said: expect.stringContaining('exceeded maximum size') })
})

test.each([
  [['--timeout', 'soon'], 2, 'must be a number'],
  [['--timeout=-1'], 2, '--timeout'],
  [['--image', 'absent'], 2, 'absent'],
  [['--nonsense'], 2, 'unknown option'],
  [['--help'], 0, ''],
])('the command with %j ends with %i', async (flags, expected, told) => {
  // Its standard input stays open: it is the flags that end it.
  const server = spawn(process.execPath, [COMMAND, ...flags], { stdio: ['pipe', 'pipe', 'pipe'] })
  let said = ''
  server.stderr.on('data', (text) => {
    said += text
  })
  const [code] = await once(server, 'exit')
  expect({ code, told: said.includes(told) }).toEqual({ code: expected, told: true })
})
