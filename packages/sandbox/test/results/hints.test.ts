import { expect } from 'vitest'
import { programTestWith } from '../fixtures/program-sandbox.ts'

const programTest = programTestWith({ pool: { min: 2, max: 2 } })

/** What failed, the code, and what the hint must say. */
type Row = readonly [what: string, code: string, hint: RegExp]

const IMPORTS: Row[] = [
  ['a module of the distribution', 'import sklearn.svm', /packages: \['scikit-learn'\]/],
  ['a module whose name is nearly right', 'import jsno', /nearest is "json"/],
  ['a package whose name is nearly right', 'import panda', /did you mean "pandas".*packages: \['pandas'\]/],
  ['a module by the name of its package', 'import pillow', /"Pillow" is imported as "PIL"/],
  ['native code that nobody has built', 'import torch', /not built for WebAssembly.*numpy/],
  ['a module that nobody knows', 'import zzyzx_qq', /packages: \['zzyzx_qq'\].*pure Python/],
  ['a part of a module', 'import os.pathx', /"os" is a single module/],
  ['a part of a package', 'import xml.etre', /did you mean "xml.etree"/],
  ['a name of a module', 'from math import sqroot', /did you mean "sqrt"/],
  ['a module of Python 2', 'import urllib2', /Python 2.*urllib\.request/],
  ['a module that Python has no more', 'import distutils', /taken out.*setuptools/],
  ['JavaScript', 'import js', /JavaScript cannot be reached/],
  ['a module of Colab', 'from google.colab import files', /not Colab/],
  ['nest_asyncio', 'import nest_asyncio', /asyncio\.run.*work without it/],
  ['a window', 'import tkinter', /no screen here.*plt\.show/],
]

const SYSTEM: Row[] = [
  [
    'threads that wait for each other',
    'import queue, threading\nt = threading.Thread(target=queue.Queue().get, daemon=True)\nt.start()\nt.join()',
    /Threads take turns.*put\(None\)/,
  ],
  ['a program', 'import subprocess\nsubprocess.run(["ls"])', /allowRun.*shutil/],
  ['a fork', 'import os\nos.fork()', /processes do not exist/],
  ['a process by another road', 'import os\nos.execvp("ls", ["ls"])', /processes do not exist.*subprocess/],
  ['a process of POSIX', 'import os\nos.posix_spawn("/bin/ls", ["ls"], {})', /processes do not exist/],
  ['a process with a terminal', 'import pty\npty.spawn("ls")', /processes do not exist/],
  ['a server', 'import socket\nsocket.socket().listen()', /Servers do not exist.*allowNet/],
  [
    'datagrams',
    'import socket\nsocket.socket(socket.AF_INET, socket.SOCK_DGRAM).sendto(b"", ("10.0.0.1", 1))',
    /no UDP.*httpx/,
  ],
  [
    'a connection',
    'import urllib.request\nurllib.request.urlopen("http://example.com")',
    /"allowNet" grants.*"example\.com:80"/,
  ],
  ['a question', 'name = input("Name? ")', /input\(\) found nothing.*stdin/],
  ['a variable of the environment', 'import os\nos.environ["API_KEY"]', /allowEnv: \['API_KEY'\]/],
  [
    'a backend with windows',
    "raise ImportError(\"Cannot load backend 'TkAgg' which requires the 'tk' interactive framework, as 'headless' is currently running\")",
    /no screen here/,
  ],
  [
    'a figure that nobody manages',
    'raise AttributeError("Figure.show works only for figures managed by pyplot, normally created by pyplot.figure()")',
    /no screen here.*plt\.show/,
  ],
  [
    'a task of another event loop',
    'import asyncio\nasync def main(): await task\ntask = asyncio.create_task(asyncio.sleep(1))\nasyncio.run(main())',
    /an event loop each.*within `main`/,
  ],
]

const FILES: Row[] = [
  [
    'a file of a near name',
    'open("sales_2024.csv", "w")\nopen("sale_2024.csv")',
    /nearest is "sales_2024\.csv"/,
  ],
  ['a file of another case', 'open("a.txt", "w")\nopen("A.TXT")', /nearest is "a\.txt"/],
  ['a file without any like it', 'open("x.csv", "w")\nopen("report.pdf")', /option `files`.*holds "x\.csv"/],
  ['a file in an empty folder', 'open("data.txt")', /working folder is empty/],
  ['a folder that is not there', 'open("out/x.csv", "w")', /folder "out" does not exist.*makedirs/],
  ['a file of the host', 'open("/etc/passwd")', /allowRead/],
  ['the folder of another place', 'open("x.csv", "w")\nopen("/mnt/data/x.csv")', /so open "x\.csv"/],
  ['a home folder', 'open("/home/user/x.csv")', /working folder "\/workspace".*as "x\.csv"/],
  ['a path of Windows', 'open("C:\\\\Users\\\\me\\\\x.csv")', /working folder.*as "x\.csv"/],
  [
    'bytes of Windows-1252',
    'open("x", "wb").write("na\\u00efve".encode("cp1252"))\nopen("x").read()',
    /Byte 0xef at position 2, after "na", is not utf-8.*cp1252/,
  ],
  ['bytes of UTF-16', '"a,b".encode("utf-16").decode()', /utf-16/],
  ['bytes of gzip', 'import gzip\ngzip.compress(b"a").decode()', /no text but gzip/],
  ['an archive', 'b"PK\\x03\\x04\\xff".decode()', /zip archive, as \.xlsx/],
  ['text that the encoding has not', '"\\u20ac".encode("ascii")', /U\+20AC.*does not exist in ascii.*utf-8/],
]

const SYNTAX: Row[] = [
  ['print of Python 2', 'print "hi"', /Python 2.*print\(\.\.\.\)/],
  ['exec of Python 2', 'exec "x = 1"', /Python 2.*exec\(\.\.\.\)/],
  ['<> of Python 2', 'if 1 <> 2: pass', /Python 2.*!=/],
  ['raise of Python 2', 'raise ValueError, "no"', /Python 2.*raise Name/],
  [
    'except of Python 2',
    'try:\n    1 / 0\nexcept ZeroDivisionError, e:\n    print(e)',
    /Line 3 is Python 2.*as e/,
  ],
  ['print >> of Python 2', 'import sys\nprint >>sys.stderr, "x"', /Python 2.*file=file/],
  ['a name of Python 2', 'xrange(3)', /Python 2.*`range`/],
  ['a method of Python 2', '{}.has_key("a")', /Python 2.*key in dictionary/],
  ['an indented line', 'x = 1\n  y = 2', /Line 2 is indented more/],
  ['a missing body', 'def f():\nreturn 1', /needs a body/],
  ['a line between two blocks', 'if True:\n    x = 1\n  y = 2', /no line above has/],
  ['tabs and spaces', 'if True:\n\tx = 1\n        y = 2', /Line 3 mixes tabs and spaces/],
  ['an open brace in an f-string', "f'{'", /braces of this f-string do not match/],
  ['a closing brace in an f-string', 'f"a } b"', /written twice/],
  ['an empty f-string expression', 'f"{}"', /stands an expression/],
  ['quotes in an f-string', 'f"a {b["c} d"', /f-string|closed/],
  ['%matplotlib', '%matplotlib inline\nx = 1', /Figures are shown without it/],
  ['another magic', '%%time\nx = 1', /command of notebooks/],
  ['!pip', '!pip install -q pandas', /packages: \['pandas'\]/],
  ['pip', 'pip install pandas numpy', /packages: \['pandas', 'numpy'\]/],
  ['a shell command', '!ls -la', /command for a shell/],
  ['a shell command that gives a value', 'files = !ls', /command for a shell/],
  ['a magic that gives a value', 'took = %timeit -o f()', /timeit\.timeit/],
  ['a question mark before a name', '?print', /write `help\(/],
  ['a fence', '```python\nprint(1)\n```', /line 1 is a code fence/],
  ['prose before a fence', 'Here is the code:\n\n```python\nprint(1)\n```', /line 3 is a code fence/],
  ['a fence at the end', 'print(1)\n```', /line 2 is a code fence/],
  ['await in a function', 'def f():\n    await g()', /make the function around this line `async def`/],
  ['return outside a function', 'x = 1\nreturn x', /value as the last line/],
  ['typographic quotes', 'x = \u201ca\u201d', /straight ones/],
  ['a bracket that stays open', 'x = f(1, [2\ny = 3', /line 1 opens is never closed/],
]

const VALUES: Row[] = [
  ['a name that is nearly right', 'total = 1\nprint(totl)', /did you mean "total"/],
  ['a local name', 'def f(values):\n    return sum(vlaues)\nf([1])', /did you mean "values"/],
  ['an alias', 'np.zeros(3)', /import numpy as np/],
  ['a module of Python', 'json.dumps({})', /write `import json` first/],
  ['a class of Python', 'Counter("abc")', /from collections import Counter/],
  ['a name of JSON', 'x = null', /in Python it is None/],
  ['a name of nobody', 'quarterly_figures', /only within one session/],
  ['a local name before its value', 'n = 1\ndef f():\n    n += 1\nf()', /global n/],
  ['a coroutine', 'async def f(): return 1\nf() + 1', /write `await` before the call/],
  ['await of a value', 'def f(): return 1\nawait f()', /remove `await`/],
  ['an empty list', 'xs = []\nsum(xs) / len(xs)', /"xs" is empty/],
  ['a divisor', 'def share(part, whole):\n    return part // whole\nshare(1, 0)', /"whole" is 0/],
  [
    'a divisor in a library',
    'from fractions import Fraction\nFraction(1, 0)',
    /divisor is 0 in "Fraction\(1, 0\)"/,
  ],
  ['empty JSON', 'import json\njson.loads("")', /text is empty/],
  ['HTML', 'import json\njson.loads("<!doctype html><p>404")', /HTML.*"<!doctype html>/],
  ['single quotes', `import json\njson.loads("{'a': 1}")`, /single ones.*ast\.literal_eval/],
  ['a comma too many', `import json\njson.loads('{"a": [1, 2,]}')`, /comma before a closing bracket/],
  ['words of Python', `import json\njson.loads('{"a": True}')`, /true, false and null/],
  ['lines of JSON', `import json\njson.loads('{"a": 1}\\n{"b": 2}')`, /line by line/],
  ['JSON that is cut off', `import json\njson.loads('{"a": [1, 2')`, /cut off/],
  ['JSON in a fence', 'import json\njson.loads("```json\\n{}\\n```")', /Markdown fences/],
  [
    'a function without an end',
    'def f(n): return f(n + 1)\nf(0)',
    /function "f" \(line 1\) calls itself.*`sys\.setrecursionlimit\(20000\)`/,
  ],
  ['an enormous size', 'bytearray(10**10)', /32 bits/],
]

programTest.for([...IMPORTS, ...SYSTEM, ...FILES, ...SYNTAX, ...VALUES])(
  'hint for %s',
  async ([, code, hint], { sandbox }) => {
    const { error } = await sandbox.execute(code)
    expect(error?.hint).toMatch(hint)
    // One or two sentences, and what a file's name or a line adds.
    expect(error?.hint?.length).toBeLessThan(600)
  },
)

programTest('hint of a time-out says where Python was busy', async ({ sandbox }) => {
  const code = 'n = 0\nwhile True:\n    n += 1'
  const { error } = await sandbox.execute(code, { timeoutSeconds: 0.5 })
  expect(error?.hint).toMatch(/line [23] was running: (while True:|n \+= 1).*timeoutSeconds/)
  const cpu = await sandbox.execute('while True: pass', { cpuSeconds: 0.3 })
  expect(cpu.error?.hint).toMatch(/line 1 was running: while True: pass.*cpuSeconds/)
})

programTest('hint of a time-out that Python does not react to says so', async ({ sandbox }) => {
  const code = 'while True:\n    try:\n        while True: pass\n    except BaseException: pass'
  const { error } = await sandbox.execute(code, { timeoutSeconds: 0.5 })
  expect(error?.hint).toMatch(/did not react.*catches `KeyboardInterrupt`/)
})

programTest.for([
  [
    'a list',
    'rows = []\nsmall = [1] * 1000\nwhile True: rows.append("x" * 10**6 + str(len(rows)))',
    /"rows", a list of \d+ items of about \d+ MiB/,
  ],
  [
    'a local variable',
    'def load():\n    cache = {}\n    while True: cache[len(cache)] = bytes(10**6)\nload()',
    /"cache", a dict of/,
  ],
  ['nothing yet', 'x = bytearray(10**9)', /asked for by "x = bytearray\(10\*\*9\)"/],
] as const)('hint of a full memory names %s', async ([, code, hint], { sandbox }) => {
  const { error } = await sandbox.execute(code, { memoryLimitMb: 128 })
  expect(error).toMatchObject({ kind: 'memory', hint: expect.stringMatching(hint) })
  expect(error?.hint).toContain('memoryLimitMb')
})

programTest.for([
  [
    'a name that is a property',
    'class Bad(NameError):\n    name = property(lambda self: 1 / 0)\nraise Bad("x")',
  ],
  [
    'a class that lies',
    'class Bad(Exception):\n    __class__ = property(lambda self: 1 / 0)\nraise Bad("x")',
  ],
  [
    'a document that is no text',
    'import json\nerror = json.JSONDecodeError("m", "d", 0)\nerror.doc = 5\nraise error',
  ],
  ['an endless file name', 'raise FileNotFoundError(44, "no", "x" * 10**7)'],
] as const)(
  'an exception with %s is told without a hint or with a short one',
  async ([, code], { sandbox }) => {
    const { error } = await sandbox.execute(code)
    expect(error).toMatchObject({ kind: 'exception', name: expect.any(String) })
    expect(error?.hint?.length ?? 0).toBeLessThan(2000)
  },
)

programTest('an ordinary exception has no hint', async ({ sandbox }) => {
  const { error } = await sandbox.execute('raise ValueError("my own rule")')
  expect(error).toMatchObject({ message: 'my own rule', hint: null })
})

programTest('a program that catches all of these failures has no hint', async ({ sandbox }) => {
  const rows = [...IMPORTS, ...SYSTEM, ...FILES, ...SYNTAX, ...VALUES]
  const caught = 'for code in codes:\n    try: exec(code, {})\n    except Exception: failed += 1\nfailed'
  const globals = {
    codes: rows.map(([, code]) => code).filter((code) => !/input|await/.test(code)),
    failed: 0,
  }
  const result = await sandbox.execute(caught, { globals })
  expect(result).toMatchObject({ status: 'success', error: null })
  expect(result.result).toBeGreaterThan(70)
})
