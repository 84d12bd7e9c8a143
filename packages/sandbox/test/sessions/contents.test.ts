import { expect } from 'vitest'
import type { PyodideSandbox } from '../../src/sandbox/index.ts'
import { sandboxTest } from '../fixtures/sandbox.ts'

/** Runs `before` in a session, keeps it, and runs `after` in what is woken up from it in another worker. */
async function across(sandbox: PyodideSandbox, before: string, after: string): Promise<unknown> {
  const session = sandbox.session()
  const first = await session.execute(before)
  expect(first.error).toBeNull()
  const saved = await session.save()
  await session.close()
  const woken = sandbox.session(saved)
  const { result, error } = await woken.execute(after)
  expect(error).toBeNull()
  await woken.close()
  return result
}

sandboxTest.for<[string, string, string, unknown]>([
  ['variables', 'x = 1; y = [x, "two", {3: None}]', '[x, y[0], y[1]]', [1, 1, 'two']],
  [
    'closures and lambdas',
    'def counter():\n  n = 0\n  def step():\n    nonlocal n\n    n += 1\n    return n\n  return step\nc = counter(); c(); add = lambda a: a + c()',
    '[c(), add(10)]',
    [2, 13],
  ],
  [
    'a generator in the middle',
    'g = (i * i for i in range(10)); next(g); next(g)',
    '[next(g), sum(g)]',
    [4, 280],
  ],
  ['a coroutine that has not started', 'async def f():\n  return 7\nc = f()', 'await c', 7],
  [
    'an asynchronous generator in the middle',
    'async def f():\n  yield 1\n  yield 2\na = f()\nawait anext(a)',
    'await anext(a)',
    2,
  ],
  [
    'classes, instances and circular references',
    'class Node:\n  kinds = []\n  def __init__(self, n): self.n = n; self.me = self; Node.kinds.append(n)\n  def twice(self): return self.n * 2\nnode = Node(21)',
    '[node.twice(), node.me is node, type(node) is Node, Node.kinds]',
    [42, true, true, [21]],
  ],
  [
    'weak references',
    'import weakref\nclass A: pass\na = A(); r = weakref.ref(a); gone = weakref.ref(A())\nd = weakref.WeakValueDictionary(a=a)',
    'alive = r() is a and d["a"] is a\ndel a\n[alive, r() is None, gone() is None, len(d)]',
    [true, true, true, 0],
  ],
  [
    'open files with their positions',
    'f = open("/tmp/a.txt", "w+"); f.write("hello world"); f.seek(6)\nimport os; os.makedirs("/tmp/d/e"); os.symlink("/tmp/a.txt", "/tmp/d/link"); os.chmod("/tmp/a.txt", 0o600)\ng = os.dup(f.fileno())',
    'import os\n[f.read(), f.tell(), os.lseek(g, 0, 1), open("/tmp/d/link").read(), os.stat("/tmp/a.txt").st_mode & 0o777, os.path.isdir("/tmp/d/e")]',
    ['world', 11, 11, 'hello world', 0o600, true],
  ],
  [
    'an open file without a name, and one half written',
    'import tempfile\nt = tempfile.TemporaryFile(); t.write(b"abcdef"); t.seek(2)\nw = open("/tmp/w", "w"); n = w.write("not flushed")',
    'w.close()\n[t.read().decode(), open("/tmp/w").read()]',
    ['cdef', 'not flushed'],
  ],
  [
    'files that are gone, working folder and environment',
    'import os\nopen("/workspace/a", "w").close(); os.remove("/workspace/a"); os.rmdir("/home/web_user")\nos.mkdir("/tmp/w"); os.chdir("/tmp/w"); os.environ["NAME"] = "value"',
    'import os\n[os.getcwd(), os.environ["NAME"], os.listdir("/home"), os.listdir("/workspace")]',
    ['/tmp/w', 'value', [], []],
  ],
  [
    'decimal context and context variables',
    'import decimal, contextvars\ndecimal.getcontext().prec = 5\nv = contextvars.ContextVar("v"); token = v.set(9)',
    '[str(decimal.Decimal(1) / 3), v.get()]',
    ['0.33333', 9],
  ],
  [
    'dates, dataclasses, enums and regular expressions',
    'import datetime, dataclasses, enum, re\nday = datetime.date(2024, 2, 29)\n@dataclasses.dataclass(order=True)\nclass P:\n  a: int\nclass C(enum.Enum):\n  RED = 1\np = P(3); red = C.RED; m = re.compile(r"(\\d+)-(?P<x>.)").search("a 12-b")',
    '[str(day + datetime.timedelta(1)), p < P(4), repr(p), red is C(1), m["x"], m.re.findall("1-a")[0][1]]',
    ['2024-03-01', true, 'P(a=3)', true, 'b', 'a'],
  ],
  [
    'a database in memory',
    'import sqlite3\ndb = sqlite3.connect(":memory:"); db.execute("create table t (a)"); db.execute("insert into t values (42), (43)"); c = db.execute("select a from t"); c.fetchone()',
    '[c.fetchall(), db.execute("select sum(a) from t").fetchone()]',
    [[[43]], [85]],
  ],
  [
    'changed modules, sys.path, sys.modules and filters for warnings',
    'import math, sys, types, warnings\nmath.tau = 1\nsys.path.append("/tmp/lib"); sys.modules["mine"] = types.ModuleType("mine"); sys.modules["mine"].x = 5\nwarnings.simplefilter("error")',
    'import math, mine, sys, warnings\ntry:\n  warnings.warn("no")\n  raised = False\nexcept UserWarning:\n  raised = True\n[math.tau, mine.x, "/tmp/lib" in sys.path, raised]',
    [1, 5, true, true],
  ],
  [
    'functions for the end of Python',
    'import atexit\nseen = []\natexit.register(seen.append, "end")',
    'atexit._run_exitfuncs()\nseen',
    ['end'],
  ],
  [
    'exceptions with their tracebacks',
    'def f():\n  return 1 / 0\ntry:\n  f()\nexcept Exception as error:\n  kept = error',
    'import traceback\n"return 1 / 0" in "".join(traceback.format_exception(kept))',
    true,
  ],
  [
    'the event loop, with queues and locks of asyncio',
    'import asyncio\nq = asyncio.Queue(); q.put_nowait(3); lock = asyncio.Lock(); held = await lock.acquire()\nloop = asyncio.get_event_loop()',
    'lock.release()\nasync with lock:\n  value = await asyncio.wait_for(q.get(), 5)\n[value, loop is asyncio.get_event_loop()]',
    [3, true],
  ],
  ['a memory that has grown', 'b = bytearray(b"x") * 60_000_000', '[len(b), b[-1]]', [60_000_000, 120]],
])('a session keeps %s', async ([, before, after, expected], { sandbox }) => {
  expect(await across(sandbox, before, after)).toEqual(expected)
})

sandboxTest('a seeded generator goes on, and an unseeded one is drawn afresh', async ({ sandbox }) => {
  const seeded = sandbox.session()
  const { result: next } = await sandbox.execute(
    'import random\nrandom.seed(5); random.random()\nrandom.random()',
  )
  await seeded.execute(
    'import random\nrandom.seed(5)\nr = random.Random(6); own = r.random()\nrandom.random()',
  )
  const forks = [await seeded.fork(), await seeded.fork()]
  const drawn = await Promise.all(forks.map((fork) => fork.execute('[random.random(), r.random()]')))
  expect(drawn[0]?.result).toEqual(drawn[1]?.result)
  expect(drawn[0]?.result).toMatchObject([next, expect.any(Number)])
  await seeded.execute('random.seed()')
  const others = [await seeded.fork(), await seeded.fork()]
  const chance = await Promise.all(others.map((fork) => fork.execute('random.random()')))
  expect(chance[0]?.result).not.toBe(chance[1]?.result)
  for (const session of [seeded, ...forks, ...others]) await session.close()
})

sandboxTest(
  'generators of the program go on where it seeded them, and differ between forks where not',
  async ({ sandbox }) => {
    await using session = sandbox.session()
    const { error } = await session.execute(`
import copy, random, tempfile
class Mine(random.Random): pass
chance = [random.Random(), Mine(), random.Random(None), random.Random(5)]
chance[3].seed()
chosen = [random.Random(5), Mine(5), random.Random(), random.Random()]
chosen[2].seed(6)
chosen[3].setstate(chosen[0].getstate())
def draw(generators): return [generator.random() for generator in generators]
first = draw(chance) + draw(chosen)`)
    expect(error).toBeNull()
    const forks = [await session.fork(), await session.fork()]
    const code = '[draw(chance) + [random.gauss(0, 1), tempfile.mktemp()], draw(chosen)]'
    const drawn = await Promise.all(
      [session, ...forks].map(async (each) => (await each.execute(code)).result as unknown[][]),
    )
    for (let index = 0; index < 6; index++)
      expect(new Set(drawn.map(([chance]) => chance?.[index])).size).toBe(drawn.length)
    for (const [, chosen] of drawn) expect(chosen).toEqual(drawn[0]?.[1])
    for (const fork of forks) await fork.close()
  },
)

sandboxTest('time and entropy are fresh after waking up', async ({ sandbox }) => {
  const session = sandbox.session()
  await session.execute('import os, secrets, time, uuid\nbefore = time.monotonic()')
  const code =
    '[os.urandom(8).hex(), secrets.token_hex(8), str(uuid.uuid4()), time.time(), time.monotonic() >= before]'
  const forks = [await session.fork(), await session.fork()]
  const [one, other] = await Promise.all(
    forks.map(async (fork) => (await fork.execute(code)).result as unknown[]),
  )
  for (const index of [0, 1, 2]) expect(one?.[index]).not.toBe(other?.[index])
  expect(Math.abs(Number(one?.[3]) - Date.now() / 1000)).toBeLessThan(10)
  expect([one?.[4], other?.[4]]).toEqual([true, true])
  for (const each of [session, ...forks]) await each.close()
})

sandboxTest.for<[string, string, string, RegExp]>([
  [
    'a task',
    'import asyncio\nasync def tick():\n  await asyncio.sleep(60)\nt = asyncio.ensure_future(tick())',
    't.cancel()',
    /the task Task-\d+ \(tick\)/,
  ],
  [
    'a timer',
    'import asyncio\nh = asyncio.get_event_loop().call_later(60, print)',
    'h.cancel()',
    /a timer of 60 s for print/,
  ],
  [
    'an object of JavaScript',
    'from pyodide.ffi import to_js\nmine = to_js([1])',
    'del mine',
    /an object of JavaScript \(Array\), in "mine"/,
  ],
  ['a pipe', 'import os\nr, w = os.pipe()', 'os.close(r); os.close(w)', /an open pipe \(descriptor \d+\)/],
  ['a socket', 'import socket\ns = socket.socket()', 's.close()', /an open socket \(descriptor \d+\)/],
])('%s cannot be kept, and the session lives on', async ([, code, undo, obstacle], { sandbox }) => {
  const session = sandbox.session()
  expect((await session.execute(`x = 41\n${code}`)).error).toBeNull()
  await expect(session.save()).rejects.toMatchObject({
    code: 'session-not-saved',
    obstacle: expect.stringMatching(obstacle),
  })
  await expect(session.fork()).rejects.toMatchObject({ code: 'session-not-saved' })
  expect(await session.execute('x + 1')).toMatchObject({ result: 42, sessionRestored: null })
  await session.execute(undo)
  expect((await session.save()).sessionMetadata.names).toContainEqual({ name: 'x', type: 'int', size: 16 })
  await session.close()
})
