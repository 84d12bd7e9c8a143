import { strToU8 } from 'fflate'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { type ExecutionEvent, PyodideSandbox, type SandboxOptions } from '../../src/sandbox/index.ts'
import { cacheWithBase } from '../fixtures/cache.ts'
import { program } from '../fixtures/program.ts'
import { folderWith, makeWheel } from '../fixtures/wheels.ts'

const cache = cacheWithBase()
const wheels = folderWith([
  makeWheel({ name: 'shapes', requires: ['inches'], files: { 'shapes.py': strToU8('sides = 4\n') } }),
  makeWheel({ name: 'inches', files: { 'inches.py': strToU8('pi = 3\n') } }),
  // Imported under another name, as many are.
  makeWheel({ name: 'py-other-name', files: { 'othername/__init__.py': strToU8('here = True\n') } }),
  makeWheel({ name: 'native', tag: 'cp314-cp314-manylinux_2_17_x86_64' }),
  makeWheel({ name: 'broken', files: { 'broken.py': strToU8('1/0\n') } }),
  makeWheel({ name: 'oldshapes', requires: ['inches>=2'] }),
  { fileName: 'nozip-1.0-py3-none-any.whl', bytes: strToU8('<html>not found</html>') },
])
const options: SandboxOptions = {
  cacheDir: cache.path,
  wheels: wheels.path,
  offline: true,
  autoInstall: true,
  pool: { min: 1, max: 2 },
}
let sandbox: PyodideSandbox
beforeAll(async () => {
  sandbox = new PyodideSandbox(options)
  await sandbox.start()
})
afterAll(async () => {
  await sandbox.close()
  cache[Symbol.dispose]()
  wheels[Symbol.dispose]()
})

/** All events of a run. */
async function eventsOf(code: string, more: Parameters<PyodideSandbox['stream']>[1] = {}) {
  const events: ExecutionEvent[] = []
  for await (const event of sandbox.stream(code, more)) events.push(event)
  const last = events.at(-1)
  if (last?.type !== 'finished') throw new TypeError('no result')
  return { events, result: last.result }
}

test('autoInstall with a list brings nothing else, and what its packages need', async () => {
  const { result } = await eventsOf('import shapes, inches\nshapes.sides + inches.pi', {
    autoInstall: ['Shapes==1.0', 'inches'],
  })
  expect(result).toMatchObject({ error: null, result: 7 })
  const refused = await eventsOf('import shapes\nimport othername', { autoInstall: ['shapes'] })
  expect(refused.result.error).toMatchObject({
    kind: 'package',
    line: 2,
    message: expect.stringMatching(/needs the package "py-other-name".*none of those that autoInstall names/),
  })
  const none = await eventsOf('import shapes', { autoInstall: [] })
  expect(none.result.error?.hint).toMatch(/have autoInstall name the package/)
})

test('autoInstall brings what the code imports: in functions, in try, by call, under another name', async () => {
  const code = program('packages/imports-that-are-brought')
  const first = await eventsOf(code)
  expect(first.result).toMatchObject({ error: null, result: [4, true, 3] })
  const types = first.events.map(({ type }) => type)
  expect(types.slice(0, 2)).toEqual(['progress', 'progress'])
  expect(types.lastIndexOf('progress')).toBeLessThan(types.indexOf('started'))
  const stages = first.events.flatMap((event) => (event.type === 'progress' ? [event.stage] : []))
  expect(stages).toContain('getting shapes 1.0')
  expect(stages.at(-1)).toBe('image is ready')
  const { packagesMs, wallMs, startMs } = first.result.usage
  expect(packagesMs).toBeGreaterThan(500)
  expect(wallMs).toBeLessThan(packagesMs)
  expect(startMs).toBeLessThan(packagesMs)
  // The second time all of it is there.
  const second = await eventsOf(code)
  expect(second.result).toMatchObject({ error: null, result: [4, true, 3] })
  expect(second.events.filter(({ type }) => type === 'progress')).toEqual([])
  expect(second.result.usage.packagesMs).toBeLessThan(packagesMs / 3)
})

test('autoInstall looks for nothing that is there: the library, own files, what a program only names', async () => {
  const code = program('packages/imports-that-are-there')
  const files = { 'tools.py': 'x = 1', 'parts/one.py': 'y = 2' }
  const { events, result } = await eventsOf(code, { files })
  expect(result).toMatchObject({ error: null, result: [1, 2] })
  expect(events.filter(({ type }) => type === 'progress')).toEqual([])
  expect(result.usage.packagesMs).toBe(0)
})

test('autoInstall: modules of WebAssembly, JavaScript and Python 2 are never looked for elsewhere', async () => {
  for (const module of ['js', 'tkinter', '_curses', 'urllib2', 'pyodide_js']) {
    const { events, result } = await eventsOf(`import ${module}`)
    expect(result.error, module).toMatchObject({ kind: 'exception', name: 'ModuleNotFoundError' })
    expect(events.filter(({ type }) => type === 'progress')).toEqual([])
  }
})

test.each<[string, string, RegExp, RegExp]>([
  [
    'that nobody has',
    'import nonesuch',
    /^No module named 'nonesuch': the import of 'nonesuch' \(line 1\) needs the package "nonesuch", which cannot be had: .*has no wheel of it.*off limits/,
    /Only packages in the folder of wheels/,
  ],
  ['with a slip', 'import nunpy', /needs the package "nunpy"/, /Did you mean 'numpy'\?/],
  ['of another name', 'x = 1\nimport yaml', /\(line 2\) needs the package "pyyaml"/, /Only packages/],
  ['that is known not to be built', 'import torch', /needs the package "torch"/, /use numpy or scikit-learn/],
  ['with native code', 'import native', /has "native-1\.0.*not for this Pyodide/, /./],
  ['that is no zip', 'import nozip', /no zip archive/, /another version/],
  ['that raises', 'import broken', /it cannot be imported: ZeroDivisionError/, /does not work here/],
  ['whose needs nobody has', 'import oldshapes', /there is only 1\.0 in/, /./],
])(
  'autoInstall of a package %s: the error says which, why and what else',
  async (_what, code, message, hint) => {
    const { result } = await eventsOf(code)
    expect(result.error).toMatchObject({
      kind: 'package',
      name: 'ModuleNotFoundError',
      message: expect.stringMatching(message),
      hint: expect.stringMatching(hint),
      line: code.split('\n').length,
    })
    expect(await sandbox.execute('40+2')).toMatchObject({ result: 42 })
  },
)

test('autoInstall: a program that can do without goes on, with the packages that there are', async () => {
  const code = program('packages/does-without')
  const { result } = await eventsOf(code)
  expect(result).toMatchObject({ error: null, result: [4, null] })
})

test('autoInstall brings what commands in the code would install, and the commands succeed', async () => {
  const code = program('packages/commands-that-install')
  expect((await eventsOf(code)).result).toMatchObject({ error: null, result: [4, 3, true, 0] })
  const without = await sandbox.execute('%pip install shapes\n1', { autoInstall: false })
  expect(without.error).toMatchObject({ name: 'SyntaxError', hint: expect.stringMatching(/\['shapes'\]/) })
  const given = await sandbox.execute('%pip install shapes\n1', {
    autoInstall: false,
    packages: ['shapes', 'inches', 'py-other-name'],
  })
  expect(given).toMatchObject({ error: null, result: 1 })
  const missing = 'import subprocess\nsubprocess.run(["pip", "install", "nonesuch"])'
  const { error } = (await eventsOf(missing)).result
  expect(error?.hint).toMatch(/"nonesuch" cannot be had: .*off limits.*Only packages in the folder/)
})

test('packages of one execution are there for it alone, and warm for the next one that asks', async () => {
  const plain = { autoInstall: false }
  const asked = { ...plain, packages: ['shapes>=1'] }
  const code = 'import shapes; shapes.sides'
  expect(await sandbox.execute(code, asked)).toMatchObject({ error: null, result: 4 })
  const before = await sandbox.execute(code, plain)
  expect(before.error).toMatchObject({ kind: 'exception', name: 'ModuleNotFoundError' })
  const again = await sandbox.execute(code, asked)
  expect(again).toMatchObject({ error: null, result: 4 })
  expect(again.usage.packagesMs).toBeLessThan(100)
  const missing = await sandbox.execute('print("never")', {
    ...plain,
    packages: ['shapes', 'nonesuch', 'no such'],
  })
  expect(missing).toMatchObject({
    stdout: '',
    usage: { wallMs: 0 },
    error: { kind: 'package', name: 'PackageError', message: expect.stringMatching(/"no such": /) },
  })
  const both = await sandbox.execute('import shapes, othername; [shapes.sides, othername.here]', {
    packages: ['shapes'],
  })
  expect(both).toMatchObject({ error: null, result: [4, true] })
})

test('code that breaks the reading of it fails as it does without autoInstall', async () => {
  for (const code of [`import x${'('.repeat(100_000)}`, `import shapes\n${'['.repeat(5000)}`]) {
    const { result } = await eventsOf(code)
    expect(result.error?.kind).toMatch(/syntax|memory|crashed/)
    expect(await sandbox.execute('40+2')).toMatchObject({ result: 42 })
  }
})

test('a session gets the packages of its executions, and keeps them', async () => {
  await using session = sandbox.session()
  const first = await session.execute('import shapes\nx = shapes.sides\nx')
  expect(first).toMatchObject({ error: null, result: 4, sessionRestored: null })
  expect(first.usage.packagesMs).toBeGreaterThan(0)
  const second = await session.execute('import shapes, inches\nx + shapes.sides + inches.pi')
  expect(second).toMatchObject({ error: null, result: 11, usage: { packagesMs: 0 } })
  const asked = await session.execute('import othername\nx', {
    autoInstall: false,
    packages: ['py-other-name'],
  })
  expect(asked).toMatchObject({ error: null, result: 4 })
  const saved = await session.save()
  expect(saved.sessionMetadata.packages.map(({ name }) => name)).toContain('shapes')
  const events: string[] = []
  for await (const event of session.stream('try:\n  import nonesuch\nexcept ImportError:\n  x += 1\nx')) {
    events.push(event.type)
    if (event.type === 'finished') expect(event.result).toMatchObject({ error: null, result: 5 })
  }
  expect(events.slice(0, 2)).toEqual(['progress', 'started'])
  const missing = await session.execute('import native, nonesuch')
  expect(missing.error).toMatchObject({
    kind: 'package',
    message: expect.stringMatching(/not for this Pyodide/),
  })
  const refused = await session.execute('x = 9', { packages: ['nonesuch'] })
  expect(refused).toMatchObject({ error: { kind: 'package', name: 'PackageError' }, usage: { wallMs: 0 } })
  expect(await session.execute('x')).toMatchObject({ result: 5, sessionRestored: null })
})

test('a session that cannot be kept gets no packages, says so, and goes on', async () => {
  await using session = sandbox.session()
  await session.execute('import asyncio\ntask = asyncio.ensure_future(asyncio.sleep(1000))\nx = 1')
  const { error } = await session.execute('import shapes')
  expect(error).toMatchObject({ kind: 'package', message: expect.stringMatching(/Cannot (keep|save)/) })
  expect(await session.execute('x')).toMatchObject({ result: 1, sessionRestored: null })
})

test('a sandbox that is stateful brings packages along in the session bytes', async () => {
  const stateful = new PyodideSandbox({ ...options, stateful: true, pool: { min: 0, max: 1 } })
  try {
    const { sessionBytes, sessionMetadata, result } = await stateful.execute('import shapes\nshapes.sides')
    expect(result).toBe(4)
    if (sessionBytes === null || sessionMetadata === null) expect.fail('no session')
    const again = await stateful.execute('shapes.sides + 1', { sessionBytes, sessionMetadata })
    expect(again).toMatchObject({ error: null, result: 5 })
  } finally {
    await stateful.close()
  }
})
