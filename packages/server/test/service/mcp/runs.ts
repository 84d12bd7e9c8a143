import { expect, test } from 'vitest'
import { call, ERAS, type McpService } from './mcp-service.ts'

/** Code, sessions and what is known of runs, in both versions of the protocol. */
export function runsOverMcp(mcp: () => McpService): void {
  const service = () => mcp().service

  test.each(ERAS)("%s: code is an execution of the caller, sessions are the caller's alone", async (era) => {
    const ada = await service().newUser(`ada-${era}`)
    const eve = await service().newUser(`eve-${era}`)
    const client = await mcp().connect(era, ada)
    expect(client.getInstructions()).toContain('create_session')
    expect((await call(client, 'run_python', { code: 'print("hi")\n6 * 7' })).text).toMatch(/42[\s\S]*hi/)
    const { body } = await service().as(ada)('GET', 'executions')
    expect(body.items).toHaveLength(1)

    const { handle } = (await call(client, 'create_session')).structuredContent as { handle: string }
    await call(client, 'run_python', { code: 'x = 20\nopen("f.txt", "w").write("kept")', session: handle })
    expect((await call(client, 'run_python', { code: 'x + 1', session: handle })).text).toContain('21')
    expect((await call(client, 'read_file', { session: handle, path: 'f.txt' })).text).toContain('kept')
    const read = await client.readResource({ uri: `sandbox://${handle}/f.txt` })
    expect(read.contents[0]).toMatchObject({ blob: Buffer.from('kept').toString('base64') })

    const other = await mcp().connect(era, eve)
    const foreign = await call(other, 'run_python', { code: 'x', session: handle })
    expect(foreign).toMatchObject({ isError: true, text: `Cannot find the session "${handle}"` })
    expect((await call(other, 'list_sessions')).structuredContent).toEqual({ sessions: [] })
    await expect(other.readResource({ uri: `sandbox://${handle}/f.txt` })).rejects.toThrow()
    const [run] = body.items
    expect(await call(other, 'get_run', { run: run?.id })).toMatchObject({ isError: true })
    expect((await call(client, 'get_run', { run: run?.id })).text).toContain('42')

    const reset = (await call(client, 'reset_session', { session: handle })).structuredContent as {
      handle: string
    }
    expect((await call(client, 'run_python', { code: 'x', session: reset.handle })).text).toContain(
      'NameError',
    )
    expect((await call(client, 'list_files', {})).text).toContain('create_session')
  })

  test.each(ERAS)('%s: a call that is taken back ends its execution within a second', async (era) => {
    const ada = await service().newUser(`cancel-${era}`)
    const client = await mcp().connect(era, ada)
    const api = service().as(ada)
    const stop = new AbortController()
    const running = call(client, 'run_python', { code: 'while True: pass' }, { signal: stop.signal })
    running.catch(() => {})
    await expect.poll(async () => (await api('GET', 'executions')).body.items.length).toBe(1)
    stop.abort()
    await expect(running).rejects.toThrow()
    const status = async () => (await api('GET', 'executions')).body.items[0]?.status
    await expect.poll(status).toBe('cancelled')
  })

  test.each(ERAS)(
    '%s: odd arguments are told to the caller, and are no failure of the server',
    async (era) => {
      const ada = await service().newUser(`odd-${era}`)
      const client = await mcp().connect(era, ada)
      const { handle } = (await call(client, 'create_session')).structuredContent as { handle: string }
      const said = async (name: string, args: Record<string, unknown>) =>
        await call(client, name, args).then(
          ({ text }) => text,
          (error: unknown) => String(error),
        )
      const handles = ['\0', '\ud800', '', 'x'.repeat(101), '__proto__', 5, null]
      const paths = ['a\0b', '\ud800', '', '../x', '/etc/passwd']
      const asked = [
        ...handles.flatMap((session) => [
          said('run_python', { code: '1', session }),
          said('read_file', { session, path: 'a' }),
          said('reset_session', { session }),
        ]),
        ...handles.flatMap((run) => [said('get_run', { run }), said('cancel_run', { run })]),
        ...paths.flatMap((path) => [
          said('read_file', { session: handle, path }),
          said('write_file', { session: handle, path, text: '' }),
        ]),
        said('list_files', { session: handle, folder: 'a\0' }),
        ...['%00/a', `${handle}/%00`, `${handle}/%ED%A0%80`, 'exe_%00/a', 'exe_%00-display/0'].map((uri) =>
          client.readResource({ uri: `sandbox://${uri}` }).then(String, String),
        ),
        said('run_python', { code: '1', timeout_seconds: 1e308 }),
        said('run_python', { code: '1', wait_seconds: -1 }),
      ]
      for (const text of await Promise.all(asked)) {
        expect(text).toMatch(/Cannot |nvalid|not found/)
        expect(text).not.toMatch(/the server failed|nternal error/i)
      }
      expect(await said('run_python', { code: 'x = "\0"' })).toContain('null bytes')
      expect(await said('run_python', { code: 'print(len("\ud800"))' })).toContain('surrogates not allowed')
      expect(
        await said('run_python', { code: 'len(input())', stdin: 'a\0\ud800', session: handle }),
      ).toContain('3')
    },
  )

  test.each(ERAS)('%s: a run outlives its call', async (era) => {
    const ada = await service().newUser(`long-${era}`)
    const client = await mcp().connect(era, ada)
    const code = 'import time\nprint("begun", flush=True)\ntime.sleep(1.5)\n"over"'
    const begun = await call(client, 'run_python', { code, wait_seconds: 0.5 })
    const [run] = /^exe_\w+/.exec(begun.text) ?? []
    expect(begun.text).toContain('is still running')
    expect((await call(client, 'get_run', { run })).text).toMatch(/over[\s\S]*begun/)
    const endless = await call(client, 'run_python', { code: 'while True: pass', wait_seconds: 0.2 })
    const [other] = /^exe_\w+/.exec(endless.text) ?? []
    expect((await call(client, 'cancel_run', { run: other })).text).toContain('cancelled')
  })
}
