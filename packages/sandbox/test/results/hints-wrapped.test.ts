import { expect } from 'vitest'
import { programTestWith } from '../fixtures/program-sandbox.ts'

const programTest = programTestWith({ pool: { min: 1, max: 2 } })

/** What the code stands in, or what only looks like it, the code, and what the hint says. */
type Row = readonly [what: string, code: string, hint: RegExp]

const readme = (fence: string) => `readme = """\n${fence}python\nprint(1)\n${fence}\n"""`

const FENCES: Row[] = [
  [
    'a fence in a text below an open bracket',
    `items = [1, 2\ncount = 3\n${readme('~~~')}`,
    /line 1 opens is never closed/,
  ],
  [
    'backticks in a text below an open bracket',
    `items = [1, 2\n${readme('```')}`,
    /line 1 opens is never closed/,
  ],
  [
    'a fence in a docstring below Python 2',
    `print "x"\ndef f():\n    """\n    \`\`\`\n    a\n    \`\`\`\n    """`,
    /Python 2/,
  ],
  ['a fence in a text above Python 2', `${readme('```')}\nprint "x"`, /Python 2/],
  ['a fence in single quotes', `t = '''\n\`\`\`\nx\n\`\`\`\n'''\nraise ValueError, "x"`, /Python 2/],
  [
    'a fence behind prose with an apostrophe',
    "Here's the code:\n```python\nprint(1)\n```\nThat's it!",
    /line 2 is a code fence/,
  ],
  ['tildes', '~~~\nprint(1)\n~~~', /line 1 is a code fence/],
  [
    'a fence behind prose of another script',
    '以下是代码：\n```python\nprint(1)\n```',
    /line 2 is a code fence/,
  ],
]

const WRAPPINGS: Row[] = [
  ['thoughts', "<think>\nLet's do it, I'd loop\n</think>\nprint(1)", /Line 1 holds thoughts/],
  ['thoughts that only end', 'I will add them.\n</think>\nprint(1)', /Line 1 is a sentence/],
  ['a tag', '<execute>\nprint(1)\n</execute>', /Line 1 is a tag.*without tags/],
  ['a tag at the end', 'print(1)\n</execute>', /Line 2 is a tag/],
  ['a token of a model', '<|python_tag|>print(1)', /Line 1 is a tag/],
  ['a page of HTML', '<!DOCTYPE html>\n<html></html>', /Line 1 is a tag/],
  ['prose', 'print(1)\nThis prints a number.', /Line 2 is a sentence and no Python/],
  ['prose with a typographic apostrophe', 'Here\u2019s the code:\nprint(1)', /Line 1 is a sentence/],
  ['line numbers', '1  import os\n2  x = 1', /begins with its number/],
  [
    'line numbers with colons',
    '1: import os\n2: def f():\n3:     return 1\n4:\n5: f()',
    /begins with its number/,
  ],
  ['line numbers of cat -n', '     1\timport os\n     2\tprint(1)', /begins with its number/],
  ['line numbers with bars', ' 9| x = 1\n10| y = 2', /begins with its number/],
  ['entities', 'if a &lt; b:\n    print(&quot;x&quot;)', /escaped as HTML/],
  ['entities in a text', 'print "a &lt; b"', /Python 2/],
  ['escaped line breaks', 'import os\\nprint(os.getcwd())\\nx = 1', /line breaks.*written as \\n/],
  ['spaces behind a backslash', 'x = 1 + \\ \n  2', /must be its last character/],
  ['added lines', '+import os\n+print(1)', /is a diff/],
  ['a whole diff', '--- a/x.py\n+++ b/x.py\n@@ -1 +1,2 @@\n-x = 1\n+x = 2\n print(x)', /is a diff/],
  ['a conflict', 'x = 0\n<<<<<<< HEAD\nx = 1\n=======\nx = 2\n>>>>>>> other', /Line 2 marks a conflict/],
]

const CHARACTERS: Row[] = [
  ['low quotes', 'x = \u201eA\u201c', /straight ones/],
  ['a non-breaking space', 'x\u00a0= 1', /non-breaking space \(U\+00A0\).*plain spaces/],
  ['an indentation of non-breaking spaces', 'if 1:\n\u00a0\u00a0\u00a0\u00a0print(1)', /non-breaking space/],
  ['a byte order mark in the middle', 'x = 1\n\ufeffy = 2', /byte order mark/],
  [
    'a byte order mark read as Latin-1',
    '\u00ef\u00bb\u00bfimport os\nprint(1)',
    /byte order mark that was read as Latin-1/,
  ],
  ['a zero-width space', '\u200bx = 1', /zero-width space/],
  ['a dash', 'x = 5 \u2013 3', /write - instead/],
  ['wide brackets', 'print\uff081\uff09', /write \( instead/],
  ['a sign of mathematics', 'if x \u2264 3: pass', /write <= instead/],
  ['a tab below spaces', 'if True:\n    x = 1\n\ty = 2', /Line 3 mixes tabs and spaces/],
]

const COMMANDS: Row[] = [
  ['ls', 'ls -la', /command for a shell/],
  ['pwd', 'x = 1\npwd', /command for a shell/],
  ['cd', 'cd ..', /command for a shell/],
  ['a prompt of a shell', '$ python main.py', /command for a shell/],
  ['an assignment of a shell', 'export X=1', /command for a shell/],
  ['a package of the system', 'apt-get install -y libgl1', /operating system cannot be installed/],
  ['%cd', '%cd data', /os\.chdir/],
  ['%%bash', '%%bash\nls', /os, shutil or pathlib/],
  ['%run', '%run other.py', /runpy\.run_path/],
  ['a name of notebooks', 'Out[3]', /name of notebooks/],
]

programTest('hints for code that stands in something, or only looks like it', async ({ sandbox }) => {
  await using session = sandbox.session()
  for (const [what, code, hint] of [...FENCES, ...WRAPPINGS, ...CHARACTERS, ...COMMANDS]) {
    const { error } = await session.execute(code)
    expect.soft(error?.hint, what).toMatch(hint)
    expect.soft(error?.hint?.length, what).toBeLessThan(400)
  }
})

const ASKED = /`packages: \['cowsay'\]`.*`autoInstall: true`/

const INSTALLATIONS: [what: string, code: string][] = [
  ['!pip', '!pip install -q cowsay'],
  ['%pip', '%pip install cowsay'],
  ['pip behind a prompt', '$ pip3 install --upgrade cowsay'],
  ['pip of an interpreter', '!{sys.executable} -m pip install cowsay'],
  ['conda', '!conda install -y -c conda-forge cowsay'],
  ['uv', '!uv pip install cowsay'],
  [
    'check_call',
    'import subprocess, sys\nsubprocess.check_call([sys.executable, "-m", "pip", "install", "-q", "cowsay"])',
  ],
  [
    'check_call after a failed import',
    'import subprocess, sys\ntry:\n    import cowsay\nexcept ImportError:\n    subprocess.check_call([sys.executable, "-m", "pip", "install", "cowsay"])',
  ],
  [
    'a list in a loop',
    'import subprocess\nfor name in ["cowsay"]:\n    subprocess.run(["pip", "install", name], check=True)',
  ],
  ['a line of a shell', 'import subprocess\nsubprocess.run("pip install cowsay", shell=True)'],
  ['Popen', 'from subprocess import Popen\nPopen(("pip", "install", "cowsay"))'],
  ['getoutput', 'import subprocess\nsubprocess.getoutput("pip install cowsay")'],
  ['os.system', 'import os\nos.system("pip install cowsay > /dev/null")'],
  ['os.popen', 'import os\nos.popen("python -m pip install cowsay").read()'],
  ['os.execvp', 'import os\nos.execvp("pip", ["pip", "install", "cowsay"])'],
  ['asyncio', 'import asyncio\nawait asyncio.create_subprocess_exec("pip", "install", "cowsay")'],
  ['a shell of asyncio', 'import asyncio\nawait asyncio.create_subprocess_shell("pip install cowsay")'],
  ['pip.main', 'import pip\npip.main(["install", "cowsay"])'],
  ['pip._internal', 'from pip._internal import main\nmain(["install", "cowsay"])'],
  ['importlib', 'import importlib\nimportlib.import_module("pip").main(["install", "cowsay"])'],
  [
    'runpy',
    'import runpy, sys\nsys.argv = ["pip", "install", "cowsay"]\nrunpy.run_module("pip", run_name="__main__")',
  ],
  ['micropip', 'import micropip\nawait micropip.install("cowsay")'],
  ['get_ipython().system', 'get_ipython().system("pip install cowsay")'],
  ['a magic that is called', 'get_ipython().run_line_magic("pip", "install cowsay")'],
]

programTest('the hint for an installation says how, by whichever road', async ({ sandbox }) => {
  await using session = sandbox.session()
  for (const [road, code] of INSTALLATIONS) {
    expect.soft((await session.execute(code)).error?.hint, road).toMatch(ASKED)
  }
})

const OTHERS: Row[] = [
  ['ensurepip', 'import ensurepip\nensurepip.bootstrap()', /not installed by commands/],
  [
    'venv',
    'import subprocess, sys\nsubprocess.run([sys.executable, "-m", "venv", "e"])',
    /every execution starts fresh/,
  ],
  [
    'a file of Python',
    'import subprocess, sys\nsubprocess.run([sys.executable, "s.py"])',
    /runpy\.run_path\('s\.py'/,
  ],
  ['python by name', 'import os\nos.system("python3 s.py --x")', /runpy\.run_path\('s\.py'/],
  ['python -c', 'import subprocess\nsubprocess.run(["python", "-c", "print(1)"])', /exec\(\.\.\.\)/],
  [
    'a module of Python',
    'import subprocess, sys\nsubprocess.run([sys.executable, "-m", "json.tool"])',
    /runpy\.run_module\('json\.tool'/,
  ],
  ['pytest', 'import subprocess\nsubprocess.run(["python", "-m", "pytest"])', /pytest\.main/],
  ['native code', '!pip install torch', /not built for WebAssembly.*numpy/],
  ['what is there', '!pip install json5 asyncio', /packages: \['json5'\]/],
  ['an alarm', 'import signal\nsignal.alarm(1)', /signal\.alarm.*asyncio\.timeout.*timeoutSeconds/],
  ['a timer', 'from signal import setitimer\nsetitimer(0, 1)', /./],
  ['too many files', 'for i in range(5000): open(f"f{i}", "w").close()', /maxFiles/],
]

programTest('hints for programs, timers and limits name what can be done', async ({ sandbox }) => {
  await using session = sandbox.session()
  for (const [what, code, hint] of OTHERS) {
    expect.soft((await session.execute(code)).error?.hint, what).toMatch(hint)
  }
})

programTest('hint for too many bytes in files names the option', async () => {
  await using small = new (await import('../../src/sandbox/index.ts')).PyodideSandbox({
    maxFileBytes: 2 ** 20,
    pool: { min: 0, max: 1 },
  })
  const { error } = await small.execute('open("big", "wb").write(bytes(2**21))')
  expect(error).toMatchObject({ name: 'OSError', hint: expect.stringMatching(/maxFileBytes/) })
})

programTest('installing what is there succeeds, in every form', async ({ sandbox }) => {
  const code = `
import os, pip, subprocess, sys, micropip
command = [sys.executable, "-m", "pip", "install", "pip", "--quiet"]
subprocess.check_call(command)
output = subprocess.run(command, capture_output=True, text=True, check=True).stdout
await micropip.install(["json"])
[output, os.system("pip install --upgrade pip"), pip.main(["install", "asyncio"])]
`
  const already = 'Requirement already satisfied: pip\n'
  expect(await sandbox.execute(code)).toMatchObject({ error: null, result: [already, 0, 0] })
  const line = 'x = 1\nif x:\n    !pip install --upgrade pip\nx'
  expect(await sandbox.execute(line)).toMatchObject({ error: null, result: 1 })
})
