import { mkdtempSync, readFileSync, realpathSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { PyodideSandbox, type SandboxOptions } from '../../src/sandbox/index.ts'
import { startServer } from '../fixtures/net-server.ts'
import { sandboxTest } from '../fixtures/sandbox.ts'

const sandboxWith = (options: SandboxOptions) => new PyodideSandbox({ pool: { min: 0, max: 2 }, ...options })

/** A session with `code` run in it, woken up in another worker. */
async function wokenAfter(sandbox: PyodideSandbox, code: string) {
  await using session = sandbox.session()
  expect(await session.execute(code)).toMatchObject({ error: null })
  return sandbox.session(await session.save())
}

sandboxTest('files that were woken up are no work of the next execution', async ({ sandbox }) => {
  await using session = await wokenAfter(sandbox, 'for n in "abc": open(n, "w").write(n)')
  const { files } = await session.execute('open("b", "a").write("!"); import os; os.remove("c")')
  expect(files.map(({ path, change }) => [path, change]).sort()).toEqual([
    ['b', 'changed'],
    ['c', 'deleted'],
  ])
  expect((await session.execute('1')).files).toEqual([])
})

test('the quota of files counts what was woken up, once', async () => {
  await using sandbox = sandboxWith({ maxFileBytes: 3_000_000, maxFiles: 5 })
  await using session = await wokenAfter(sandbox, 'open("a", "wb").write(bytes(2_000_000)); 1')
  const write = (name: string, bytes: number) =>
    session.execute(`open("${name}", "wb").write(bytes(${bytes})); 1`)
  expect(await write('b', 900_000)).toMatchObject({ error: null })
  expect(await write('c', 900_000)).toMatchObject({ error: { name: 'OSError' } })
  await session.execute('import os; os.remove("a")')
  expect(await write('c', 900_000)).toMatchObject({ error: null })
  expect(await session.execute('for n in range(9): open(f"f{n}", "w").close()')).toMatchObject({
    error: { name: 'OSError' },
  })
})

test('files of the host are not in a session, and are there again when it wakes up', async () => {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'agentchat-session-')))
  try {
    writeFileSync(join(folder, 'in.txt'), 'secret of the host')
    await using sandbox = sandboxWith({ allowRead: [folder], allowWrite: [folder] })
    const path = JSON.stringify(folder)
    await using session = await wokenAfter(
      sandbox,
      `import os; os.chdir(${path}); open("out.txt", "w").write("one"); text = open("in.txt").read(); del text; 1`,
    )
    writeFileSync(join(folder, 'in.txt'), 'changed')
    expect(
      await session.execute('open("out.txt", "a").write(" two")\n[os.getcwd(), open("in.txt").read()]'),
    ).toMatchObject({ error: null, result: [folder, 'changed'] })
    expect(readFileSync(join(folder, 'out.txt'), 'utf8')).toBe('one two')
    expect((await session.save()).sessionMetadata.sizes).toMatchObject({ files: 0 })
    // What is open cannot be kept, and is named.
    await session.execute('f = open("in.txt")')
    await expect(session.save()).rejects.toMatchObject({
      code: 'session-not-saved',
      obstacle: expect.stringMatching(/in\.txt" .*an open file of the host/),
    })
    expect(await session.execute('f.read()')).toMatchObject({ result: 'changed' })
    // Without the grant the session wakes up elsewhere.
    await session.execute('f.close(); del f')
    const saved = await session.save()
    await using bare = sandboxWith({})
    await using elsewhere = bare.session(saved)
    expect(await elsewhere.execute('[os.getcwd() == "/", os.path.exists("/workspace")]')).toMatchObject({
      error: null,
      result: [true, true],
    })
  } finally {
    rmSync(folder, { recursive: true, force: true })
  }
})

test('an open connection and a running program cannot be kept and are named; afterwards all is well', async () => {
  const server = await startServer()
  try {
    const allowNet = [`127.0.0.1:${server.port}`]
    await using sandbox = sandboxWith({ allowNet, denyNet: [], allowRun: ['sleep', 'cat'] })
    await using session = sandbox.session()
    await session.execute(
      `import socket, subprocess\ns = socket.create_connection(("127.0.0.1", ${server.port}))`,
    )
    await expect(session.save()).rejects.toMatchObject({
      code: 'session-not-saved',
      obstacle: expect.stringContaining(`a connection to 127.0.0.1:${server.port}`),
    })
    expect(await session.execute('s.close(); del s; p = subprocess.Popen(["sleep", "60"]); 1')).toMatchObject(
      {
        error: null,
      },
    )
    await expect(session.save()).rejects.toMatchObject({
      obstacle: expect.stringContaining('a program of the host'),
    })
    expect(await session.execute('p.kill(); p.wait()')).toMatchObject({ error: null, result: -9 })
    await using woken = sandbox.session(await session.save())
    const again = `import urllib.request
[urllib.request.urlopen("http://127.0.0.1:${server.port}/echo").status,
 subprocess.run(["cat"], input="text", capture_output=True, text=True).stdout, p.returncode]`
    expect(await woken.execute(again)).toMatchObject({ error: null, result: [200, 'text', -9] })
  } finally {
    await server.close()
  }
})

sandboxTest('what a woken session shows comes to the host', async ({ sandbox }) => {
  await using session = await wokenAfter(
    sandbox,
    'class Shown:\n  def _repr_html_(self): return "<b>x</b>"\ns = Shown()',
  )
  const { displays } = await session.execute('s')
  expect(JSON.stringify(displays)).toContain('<b>x</b>')
})
