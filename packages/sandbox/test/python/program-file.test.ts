import { expect } from 'vitest'
import { programTest } from '../fixtures/program-sandbox.ts'

programTest.for<[string, string, string]>([
  [
    'where it stands and what it says',
    `import os, sys
here = os.path.dirname(os.path.abspath(__file__))
print(os.path.join(here, "data.csv"), sys.argv[0], os.listdir(here))
print(open(__file__).readlines()[1][:4], os.path.getsize(__file__) > 100, sys._getframe().f_code.co_filename == __file__)`,
    '/workspace/data.csv main.py []\nhere True True\n',
  ],
  [
    'sources for inspect',
    `import inspect, sys
class Cat:
    legs = 4
    def purr(self):
        return "rrr"
class Empty(Cat): pass
print(inspect.getsource(Cat.purr), end="")
print(inspect.getsource(Cat), end="")
print(inspect.getsource(Empty), end="")
print(inspect.getsource(sys.modules["__main__"]).count("\\n"), inspect.getsourcelines(Cat)[1], inspect.getmodule(Cat).__name__)
print(inspect.getsourcefile(Cat), inspect.getfile(Cat.purr), inspect.stack()[0].filename)`,
    '    def purr(self):\n        return "rrr"\nclass Cat:\n    legs = 4\n    def purr(self):\n        return "rrr"\nclass Empty(Cat): pass\n' +
      '11 2 __main__\n/workspace/main.py /workspace/main.py /workspace/main.py\n',
  ],
  [
    'names for logging, doctest and pickle',
    `import doctest, linecache, logging, pickle, sys, traceback
logging.basicConfig(format="%(filename)s:%(lineno)d %(message)s", stream=sys.stdout)
logging.warning("seen")
def twice(n):
    """
    >>> twice(2)
    5
    """
    return 2 * n
class Point:
    def __init__(self, x): self.x = x
print(pickle.loads(pickle.dumps(Point(3))).x, pickle.dumps(twice, 0)[:10])
if __name__ == "__main__":
    print(doctest.testmod(verbose=False).failed)
try: 1 / 0
except ZeroDivisionError: print(traceback.format_exc().splitlines()[1:3])
linecache.checkcache(); print(linecache.getline(__file__, 3), end="")`,
    `main.py:3 seen\n3 b'c__main__\\n'\n${'*'.repeat(70)}\nFile "/workspace/main.py", line 6, in __main__.twice\nFailed example:\n    twice(2)\nExpected:\n    5\nGot:\n    4\n` +
      `${'*'.repeat(70)}\n1 item had failures:\n   1 of   1 in __main__.twice\n***Test Failed*** 1 failure.\n1\n` +
      `['  File "/workspace/main.py", line 15, in <module>', '    try: 1 / 0']\nlogging.warning("seen")\n`,
  ],
  [
    'itself, imported once more as pytest does it',
    `import importlib, importlib.util, os, runpy, sys, unittest
def test_it(): assert 1 + 1 == 2
if __name__ == "__main__":
    spec = importlib.util.spec_from_file_location("again", __file__)
    again = importlib.util.module_from_spec(spec); spec.loader.exec_module(again)
    print(again.test_it.__module__, again.__file__ == __file__, os.listdir("."))
    sys.path.insert(0, os.path.dirname(__file__)); print(importlib.import_module("main").test_it.__module__)
    print("test_it" in runpy.run_path(__file__))
    class Case(unittest.TestCase):
        def test_one(self): self.assertEqual(1, 1)
    print(unittest.main(exit=False, argv=["main.py"], verbosity=0).result.testsRun)`,
    "again True ['main.py']\nmain\nTrue\n1\n",
  ],
])('a program has a file: %s', async ([, code, stdout], { sandbox }) => {
  const result = await sandbox.execute(code)
  expect(result).toMatchObject({ error: null, stdout })
  expect(result.files).toEqual([])
})

programTest('a program that writes its own file has it among the results', async ({ sandbox }) => {
  const code = 'open("main.py", "w").write("print(1)")\nimport os\nprint(os.listdir())\nraise ValueError("x")'
  const result = await sandbox.execute(code)
  expect(result).toMatchObject({ stdout: "['main.py']\n", error: { line: 4 } })
  expect(result.error?.traceback).toContain(
    'File "/workspace/main.py", line 4, in <module>\n    raise ValueError("x")',
  )
  expect(result.files.map(({ path, size }) => [path, size])).toEqual([['main.py', 8]])
})

programTest('a file of the caller keeps its name', async ({ sandbox }) => {
  const files = { 'main.py': 'def theirs():\n    raise KeyError("theirs")\n' }
  const result = await sandbox.execute('import main\nprint(__file__, main.__file__)\nmain.theirs()', {
    files,
  })
  expect(result).toMatchObject({
    stdout: '/workspace/main_1.py /workspace/main.py\n',
    error: { line: 3 },
    files: [],
  })
  expect(result.error?.traceback).toContain(
    'File "/workspace/main.py", line 2, in theirs\n    raise KeyError',
  )
})

programTest('each cell of a session has a file of its own', async ({ sandbox }) => {
  await using session = sandbox.session()
  const first =
    'import inspect\n\nclass Cat:\n    def purr(self):\n        return "rrr"\nclass Tail: pass\nprint(__file__, len(open(__file__).read()))'
  expect(await session.execute(first)).toMatchObject({
    error: null,
    stdout: `/workspace/cell_1.py ${first.length}\n`,
  })
  const second =
    'class Tail:\n    long = True\nprint(inspect.getsource(Cat), inspect.getsource(Tail), __file__)'
  expect(await session.execute(second)).toMatchObject({
    error: null,
    stdout:
      'class Cat:\n    def purr(self):\n        return "rrr"\n class Tail:\n    long = True\n /workspace/cell_2.py\n',
  })
  const third = await session.execute('import os\nprint(os.listdir())\nCat().purr(1)')
  expect(third).toMatchObject({ stdout: '[]\n', error: { line: 3 } })
  expect(third.error?.traceback).toContain(
    'File "/workspace/cell_3.py", line 3, in <module>\n    Cat().purr(1)',
  )
  expect(await session.files.list()).toEqual([])
})

programTest.for<[string, string]>([
  ['U+2028', '"x\u2028y"'],
  ['U+2029', '"x\u2029y"'],
  ['U+0085', '"x\u0085y"'],
  ['a form feed', '1  # form\fhere'],
  ['a vertical tab', '1  # tab\vhere'],
  ['separators of ASCII', '"a\u001cb\u001dc\u001ed"'],
])('%s ends no line of a program', async ([, text], { sandbox }) => {
  const code = `a = ${text}\r\nimport inspect\rdef third():\n    return 4\nprint(inspect.getsource(third))\nraise ValueError("line six")`
  const { error, stdout } = await sandbox.execute(code)
  expect(stdout).toBe('def third():\n    return 4\n\n')
  expect(error).toMatchObject({ line: 6 })
  expect(error?.traceback).toContain('line 6, in <module>\n    raise ValueError("line six")')
})
