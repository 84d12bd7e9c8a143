import { expect } from 'vitest'
import { programTestWith } from '../fixtures/program-sandbox.ts'
import { MATPLOTLIB, pictures, shown } from '../fixtures/shown.ts'

const programTest = programTestWith({ pool: { min: 1, max: 2 } })

programTest('display() with a display_id gives a handle that shows again', async ({ sandbox }) => {
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

programTest.for<[string, string, string, unknown]>([
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

programTest.for<[string, string, unknown]>([
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

programTest.for<[string, string, RegExp]>([
  ['a magic', 'get_ipython().run_line_magic("sql", "select 1")', /%sql is a command of notebooks/],
  ['a part of the shell', 'get_ipython().kernel', /stand-in here, which has no 'kernel'/],
])('get_ipython() says what it cannot do: %s', async ([, code, message], { sandbox }) => {
  expect((await sandbox.execute(code)).error?.message).toMatch(message)
})

programTest('get_ipython().system() fails with the hint for programs', async ({ sandbox }) => {
  const { error } = await sandbox.execute('get_ipython().system("ls")')
  expect(error).toMatchObject({ kind: 'permission', hint: expect.stringMatching(/allowRun/) })
})

const CHART = 'application/vnd.agentchat.chart+json'

programTest('figures that are left open are shown in their order, with their data', async ({ sandbox }) => {
  const result = await sandbox.execute(`${MATPLOTLIB}
plt.figure("first"); plt.plot([1, 2], [3.5, float("nan")], label="growth"); plt.gcf().axes[0].title = "T"
plt.figure("second")
_ = 5`)
  expect(result.error).toBeNull()
  expect(pictures(result)).toEqual(['first', 'second'])
  expect(result.displays[0]).toMatchObject({ mime: 'image/png', metadata: { width: 640, height: 480 } })
  expect(shown(result)[0]?.[CHART]).toEqual({
    type: 'chart',
    axes: [
      {
        title: 'T',
        xlabel: 'x',
        ylabel: 'y',
        xscale: 'linear',
        yscale: 'log',
        legend: [],
        series: [{ type: 'line', label: 'growth', points: 2, x: [1, 2], y: [3.5, null] }],
      },
    ],
  })
})

programTest('a figure that is open when the code raises is shown', async ({ sandbox }) => {
  const result = await sandbox.execute(`${MATPLOTLIB}plt.figure("half done")\n1/0`)
  expect(result.error?.name).toBe('ZeroDivisionError')
  expect(pictures(result)).toEqual(['half done'])
})

programTest('a figure that cannot be drawn is named, and the others are shown', async ({ sandbox }) => {
  const result = await sandbox.execute(`${MATPLOTLIB}plt.figure("broken")\nplt.figure("whole")\n_ = 1`)
  expect(result.status).toBe('success')
  expect(pictures(result)).toEqual(['whole'])
  expect(result.displays[0]).toMatchObject({
    mime: 'text/plain',
    data: '<Figure broken>',
    metadata: { errors: { Figure: 'RuntimeError: no ink' } },
  })
})

programTest('rcParams choose SVG, and backends with windows become agg', async ({ sandbox }) => {
  const result = await sandbox.execute(`${MATPLOTLIB}
for backend in ("TkAgg", "qt5agg", "module://matplotlib_inline.backend_inline", "Agg", "svg"): matplotlib.use(backend)
matplotlib.rcParams["savefig.format"] = "svg"
plt.figure("vector")
matplotlib.used, matplotlib.rcParams["backend"]`)
  expect(result.result).toEqual([['agg', 'agg', 'agg', 'Agg', 'svg'], 'agg'])
  expect(shown(result)[0]).toMatchObject({ 'image/svg+xml': '<svg>vector</svg>' })
})

programTest('a chart of a million points gives at most a thousand of them', async ({ sandbox }) => {
  const result = await sandbox.execute(`${MATPLOTLIB}
plt.plot(range(10**6), range(10**6))
_ = 1`)
  const every = Array.from({ length: 1000 }, (_, index) => index * 1000)
  const series = [{ type: 'line', points: 10 ** 6, x: every, y: every }]
  expect(shown(result)[0]?.[CHART]).toMatchObject({ axes: [{ series }] })
})

programTest('programs for IPython find what they import', async ({ sandbox }) => {
  const result = await sandbox.execute(`
from IPython.display import display, HTML, Markdown, Image, SVG, JSON, Latex, clear_output
from IPython import get_ipython
open("a.png", "wb").write(b"\\x89PNG 1")
clear_output(wait=True)
display(HTML("<i>h</i>"), Markdown("*m*"))
display(Image("a.png"), Image(data=b"\\xff\\xd8 2"), Image(url="http://x/y.png"))
display(JSON({"a": 1}), Latex("$x$"))
assert not get_ipython()
SVG("<svg/>")`)
  expect(result.error).toBeNull()
  expect(shown(result)).toMatchObject([
    { 'text/html': '<i>h</i>' },
    { 'text/markdown': '*m*' },
    { 'image/png': Buffer.from('\x89PNG 1', 'latin1').toString('base64') },
    { 'image/jpeg': Buffer.from('\xff\xd8 2', 'latin1').toString('base64') },
    { 'text/html': '<img src="http://x/y.png"/>' },
    { 'application/json': { a: 1 } },
    { 'text/latex': '$x$' },
    { 'image/svg+xml': '<svg/>' },
  ])
})
