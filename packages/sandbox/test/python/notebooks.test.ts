import { expect } from 'vitest'
import { sandboxTestWith } from '../fixtures/sandbox.ts'

const sandboxTest = sandboxTestWith({ pool: { min: 1, max: 2 } })

sandboxTest('display() with a display_id gives a handle that shows again', async ({ sandbox }) => {
  const { error, displays, result } = await sandbox.execute(`
from IPython.display import display, update_display, DisplayHandle, HTML
h = display("start", display_id="p")
h.update("changed")
update_display(HTML("<b>again</b>"), display_id="p")
other = display(1, display_id=True)
other.update(2)
DisplayHandle("q").display(3)
[h.display_id, other.display_id != "p", display(4), display(5, display_id=False)]`)
  expect(error).toBeNull()
  expect(result).toEqual(['p', true, null, null])
  const shown = displays.map(({ data, metadata }) => [data, metadata.display_id])
  const own = expect.stringMatching(/^display-\d+$/)
  expect(shown.filter(([data]) => typeof data === 'string' && !data.startsWith('<IPython'))).toEqual([
    ["'start'", 'p'],
    ["'changed'", 'p'],
    ['<b>again</b>', 'p'],
    ['1', own],
    ['2', own],
    ['3', 'q'],
    ['4', undefined],
    ['5', undefined],
  ])
})

sandboxTest.for<[string, string, string, unknown]>([
  ['Audio of bytes', 'Audio(data=b"RIFF")', 'audio/wav', 'UklGRg=='],
  ['Audio of samples', 'Audio([0.0, 0.5, -0.5], rate=8000)', 'audio/wav', expect.stringMatching(/^UklGR/)],
  [
    'Audio of an address',
    'Audio("https://x/y.mp3")',
    'text/html',
    '<audio controls src="https://x/y.mp3"></audio>',
  ],
  ['Video of a file', 'open("a.mp4", "wb").write(b"film")\nVideo("a.mp4")', 'video/mp4', 'ZmlsbQ=='],
  ['FileLink', 'FileLink("a&b.csv")', 'text/html', '<a href="a&amp;b.csv">a&amp;b.csv</a>'],
  [
    'IFrame',
    'IFrame("https://x/", width=300, height=200)',
    'text/html',
    '<iframe src="https://x/" width="300" height="200"></iframe>',
  ],
  ['YouTubeVideo', 'YouTubeVideo("abc")', 'text/html', expect.stringContaining('youtube.com/embed/abc')],
  ['GeoJSON', 'GeoJSON({"a": 1})', 'application/geo+json', { a: 1 }],
])('%s is shown as its MIME type', async ([, code, mime, data], { sandbox }) => {
  const { error, displays } = await sandbox.execute(`from IPython.display import *\n${code}`)
  expect(error).toBeNull()
  expect(displays.find((each) => each.mime === mime)?.data).toEqual(data)
})

sandboxTest.for<[string, string, unknown]>([
  ['an exported notebook', "get_ipython().run_line_magic('matplotlib', 'inline')\n1", 1],
  ['magic()', 'from IPython import get_ipython\nget_ipython().magic("load_ext autoreload")\n2', 2],
  ['a guard', 'ip = get_ipython()\nif ip is not None:\n    ip.run_line_magic("matplotlib", "inline")\n3', 3],
  [
    'a question whether it is a notebook',
    'def is_notebook():\n    shell = get_ipython().__class__.__name__\n    return shell == "ZMQInteractiveShell"\nis_notebook()',
    false,
  ],
  [
    'a question of a library',
    'import IPython\nbool(IPython.get_ipython()) or "IPKernelApp" in get_ipython().config',
    false,
  ],
  ['run_cell()', 'get_ipython().run_cell("x = 5")\nx', 5],
  ['a timed cell', 'get_ipython().run_cell_magic("time", "", "y = 6")\ny', 6],
  ['user_ns', 'x = 7\nget_ipython().user_ns["x"]', 7],
  [
    'InteractiveShell',
    'from IPython.core.interactiveshell import InteractiveShell\nInteractiveShell.ast_node_interactivity = "all"\n8',
    8,
  ],
  ['IPython.display as an attribute', 'import IPython\nIPython.display.HTML("x").data', 'x'],
])('programs for notebooks run: %s', async ([, code, result], { sandbox }) => {
  expect(await sandbox.execute(code)).toMatchObject({ error: null, result })
})

sandboxTest.for<[string, string, RegExp]>([
  ['a magic', 'get_ipython().run_line_magic("sql", "select 1")', /%sql is a command of notebooks/],
  ['a part of the shell', 'get_ipython().kernel', /stand-in here, which has no 'kernel'/],
])('get_ipython() says what it cannot do: %s', async ([, code, message], { sandbox }) => {
  expect((await sandbox.execute(code)).error?.message).toMatch(message)
})

sandboxTest('get_ipython().system() fails with the hint for programs', async ({ sandbox }) => {
  const { error } = await sandbox.execute('get_ipython().system("ls")')
  expect(error).toMatchObject({ kind: 'permission', hint: expect.stringMatching(/allowRun/) })
})
