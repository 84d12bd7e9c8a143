import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, expect } from 'vitest'
import { program } from '../fixtures/program.ts'
import { programTest, programTestWith } from '../fixtures/program-sandbox.ts'

const folder = mkdtempSync(join(tmpdir(), 'agentchat-end-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))
const writingTest = programTestWith({ pool: { min: 1, max: 1 }, allowWrite: [folder], allowRead: [folder] })

programTest('files that are not closed are whole at the end, whatever holds them', async ({ sandbox }) => {
  const { error, files } = await sandbox.execute(program('python/unclosed-files'))
  expect(error).toBeNull()
  const texts = files.filter(({ path }) => /\.(txt|csv|bin)$/.test(path))
  const found = texts.map(async (file) => [file.path, (await file.text()).trimEnd()])
  expect(Object.fromEntries(await Promise.all(found))).toEqual({
    'csv.csv': '1,2',
    ...Object.fromEntries(
      ['name', 'redirected', 'builtin', 'module', 'descriptor', 'circle', 'finalizer'].map((name) => [
        `${name}.txt`,
        'x',
      ]),
    ),
    'raw.bin': 'x',
  })
  // The packed ones can be read, and what is temporary is gone.
  const packed = files.filter(({ path }) => /\.(zip|bz2|xz|gz|tar)$/.test(path))
  const inputs = await Promise.all(packed.map(async (file) => [file.path, await file.bytes()] as const))
  const read = await sandbox.execute(
    `import bz2, gzip, lzma, tarfile, zipfile
[zipfile.ZipFile("zip.zip").read("x"), bz2.open("bz2.bz2").read(), lzma.open("lzma.xz").read(),
 gzip.open("gzip.gz").read(), tarfile.open("tar.tar").extractfile("x").read()] == [b"hello"] * 4 + [b"abc"]`,
    { files: Object.fromEntries(inputs) },
  )
  expect(read).toMatchObject({ error: null, result: true })
  expect(files).toHaveLength(texts.length + packed.length + 1)
})

programTest.for<[string, string, string]>([
  [
    'after an exception',
    `def f():
    inner = open("inner.txt", "a"); inner.write("x")
    1 / 0
f()`,
    'ZeroDivisionError',
  ],
  ['after sys.exit(3)', 'import sys\nsys.exit(3)', 'SystemExit'],
])('a program gets its end %s', async ([, last, name], { sandbox }) => {
  const { error, stdout, files } = await sandbox.execute(`
import atexit, json, logging, logging.handlers, sys
target = logging.FileHandler("memory.log", delay=True)
logging.getLogger().addHandler(logging.handlers.MemoryHandler(1000, target=target))
logging.warning("kept")
f = open("open.txt", "w"); f.write("x")
atexit.register(lambda: open("stats.json", "w").write(json.dumps([1])))
${last}`)
  expect(error?.name).toBe(name)
  expect(stdout).toBe('')
  const found = await Promise.all(files.map(async (file) => [file.path, await file.text()]))
  expect(Object.fromEntries(found)).toMatchObject({
    'memory.log': 'kept\n',
    'open.txt': 'x',
    'stats.json': '[1]',
  })
})

programTest(
  'the end comes in the order of CPython, and what fails there fails alone',
  async ({ sandbox }) => {
    const { error, stdout, stderr } = await sandbox.execute(`
import atexit, sys, time, traceback, weakref
def hook(kind, error, trace): print(kind.__name__, error, [frame.lineno for frame in traceback.extract_tb(trace)])
sys.excepthook = hook
def closing():
    try: yield 1
    finally: print("generator")
it = closing(); next(it)
class A:
    def __del__(self): print(name(), SIZE, A.__name__)
def name(): return "finalizer"
SIZE = 3
a = A(); a.me = a
class B:
    def __del__(self): raise KeyError("in finalizer")
b = B()
weakref.finalize(b, print, "finalize")
def at_end(): raise RuntimeError("in atexit")
atexit.register(print, "first")
atexit.register(at_end)
atexit.register(lambda: (time.sleep(0.01), print("second")))
print("main")
raise LookupError("last")`)
    expect(error).toMatchObject({ name: 'LookupError', line: 23 })
    const lines = stdout.trimEnd().split('\n')
    expect(lines.slice(0, 5)).toEqual(['main', 'LookupError last [23]', 'second', 'first', 'finalize'])
    expect(lines.slice(5).sort()).toEqual(['finalizer 3 A', 'generator'])
    expect(stderr).toMatch(/Exception ignored in atexit callback <function at_end .*in at_end.*in atexit/s)
    expect(stderr).toMatch(/Exception ignored while .*<function B.__del__ .*in __del__.*in finalizer/s)
  },
)

programTest('a program waits for its threads before atexit, but not for daemons', async ({ sandbox }) => {
  const { stdout } = await sandbox.execute(program('python/threads-at-the-end'))
  const lines = stdout.trimEnd().split('\n')
  expect([...lines].sort()).toEqual(['atexit', 'main', 'pool', 'thread', 'timer'])
  expect(lines.at(-1)).toBe('atexit')
})

programTest('the end of a program is held to its limits', async ({ sandbox }) => {
  const endless = 'import atexit\ndef forever():\n    while True: pass\n_ = atexit.register(forever)'
  expect(await sandbox.execute(endless, { timeoutSeconds: 0.5 })).toMatchObject({
    error: { kind: 'timeout' },
  })
  expect(await sandbox.execute('1')).toMatchObject({ result: 1 })
})

programTest(
  'in a session what was written is in the files after each cell, and it goes on',
  async ({ sandbox }) => {
    await using session = sandbox.session()
    const first = await session.execute(
      'import atexit, sys\natexit.register(print, "end")\nf = open("a.txt", "w")\nf.write("one")\nsys.exit(0)',
    )
    expect(first.stdout).toBe('')
    expect(await first.files[0]?.text()).toBe('one')
    const second = await session.execute('f.write("two")\n1 / 0')
    expect(await second.files[0]?.text()).toBe('onetwo')
    expect(await session.execute('[f.closed, __name__]')).toMatchObject({ result: [false, '__main__'] })
  },
)

programTest('a SyntaxError that the code raises itself is an exception', async ({ sandbox }) => {
  const result = await sandbox.execute('print("ran")\neval("1 +")')
  expect(result).toMatchObject({
    stdout: 'ran\n',
    error: { kind: 'exception', name: 'SyntaxError', line: 2 },
  })
})

programTest('sys.exit("text") is an error and writes its text to stderr', async ({ sandbox }) => {
  expect(await sandbox.execute('import sys\nsys.exit("text")')).toMatchObject({
    stderr: 'text\n',
    error: { kind: 'exception', name: 'SystemExit', message: 'text', line: 2 },
  })
})

programTest('exit(3) is an error with its number', async ({ sandbox }) => {
  expect(await sandbox.execute('exit(3)')).toMatchObject({
    stderr: '',
    error: { kind: 'exception', name: 'SystemExit', message: '3' },
  })
})

/** Leaves a file when its end comes, and has a folder that is gone then. */
const WITH_END = (name: string) => `
import atexit, tempfile
def note(text): open(${JSON.stringify(join(folder, name))}, "a").write(text)
atexit.register(note, "atexit ")
class Held:
    def __del__(self): note("finalizer ")
held = Held()
temporary = tempfile.TemporaryDirectory(dir=${JSON.stringify(folder)}, prefix="temporary-")`

const temporary = () => readdirSync(folder).filter((name) => name.startsWith('temporary-'))

writingTest('the end of the program of a session comes when it is closed', async ({ sandbox }) => {
  const session = sandbox.session()
  expect((await session.execute(WITH_END('closed'))).error).toBeNull()
  expect((await session.execute('1 / 0')).error?.name).toBe('ZeroDivisionError')
  expect([existsSync(join(folder, 'closed')), temporary().length]).toEqual([false, 1])
  await session.close()
  expect([readFileSync(join(folder, 'closed'), 'utf8'), temporary()]).toEqual(['atexit finalizer ', []])
})

writingTest(
  'a program that goes on from a save has no end when its session is closed',
  async ({ sandbox }) => {
    const session = sandbox.session()
    await session.execute(WITH_END('saved'))
    const saved = await session.save()
    await session.close()
    expect([existsSync(join(folder, 'saved')), temporary().length]).toEqual([false, 1])
    const again = sandbox.session(saved)
    await again.execute('held')
    await again.close()
    expect([readFileSync(join(folder, 'saved'), 'utf8'), temporary()]).toEqual(['atexit finalizer ', []])
  },
)

writingTest('a session is closed though the end of its program has none', async ({ sandbox }) => {
  const session = sandbox.session()
  await session.execute('import atexit\ndef forever():\n    while True: pass\n_ = atexit.register(forever)')
  await session.close()
  await expect(session.execute('1')).rejects.toMatchObject({ code: 'session-closed' })
  expect(await sandbox.execute('1')).toMatchObject({ result: 1 })
})
