import { expect } from 'vitest'
import type { Display } from '../../src/sandbox/index.ts'
import { programTest } from '../fixtures/program-sandbox.ts'
import { executeAndRecover, sandboxTest } from '../fixtures/sandbox.ts'
import { MATPLOTLIB, MODULES, pictures, shown } from '../fixtures/shown.ts'

// These come first: the worker of the programs behind them stays, and would count as one that outlives its run.
sandboxTest.for<[string, string, number]>([
  ['1 GB of HTML, more than there is memory', 'return "x" * 2**30', 512],
  ['200 MB of HTML', 'return "x" * (200 << 20)', 512],
  ['characters that JSON writes longer', 'return "\\x00" * (4 << 20)', 512],
])('a form of %s does not break the run', async ([, body, memoryLimitMb], { sandbox }) => {
  const code = `class Huge:\n    def _repr_html_(self): ${body}\n    def __repr__(self): return "Huge()"\nHuge()`
  const result = await executeAndRecover(sandbox, code, { memoryLimitMb })
  expect(result).toMatchObject({ status: 'success', result: { repr: 'Huge()' } })
  expect(JSON.stringify(result.displays).length).toBeLessThan(1000)
  expect(JSON.stringify(result.displays)).toMatch(/left out: longer than|MemoryError/)
})

sandboxTest('a flood of displays is bounded and said', async ({ sandbox }) => {
  const result = await executeAndRecover(sandbox, 'for n in range(3000): display(n)')
  expect(result.status).toBe('success')
  expect(result.displays).toHaveLength(1000)
  expect(result.stderr).toMatch(/^More was shown than 1000 forms[^\n]*left out\.\n$/)
  const large = await executeAndRecover(
    sandbox,
    'class Big:\n    def _repr_html_(self): return "x" * (7 << 20)\nfor n in range(20): display(Big())',
  )
  expect(large.status).toBe('success')
  expect(large.displays.filter(({ mime }) => mime === 'text/html')).toHaveLength(6)
})

sandboxTest('stream() yields displays in the order of output', async ({ sandbox }) => {
  const seen: string[] = []
  let last: readonly Display[] = []
  const code =
    'import sys\nprint("one")\ndisplay(1)\nprint("two", file=sys.stderr)\ndisplay(2)\nprint("three")'
  for await (const event of sandbox.stream(code)) {
    if (event.type === 'stdout' || event.type === 'stderr') seen.push(...event.text.split('\n'))
    if (event.type === 'display') seen.push(`${event.mime} ${event.data}`)
    if (event.type === 'finished') last = event.result.displays
  }
  expect(seen.filter((text) => text !== '')).toEqual(['one', 'text/plain 1', 'two', 'text/plain 2', 'three'])
  expect(last).toHaveLength(2)
})

programTest('the last expression is shown in every form that it has', async ({ sandbox }) => {
  const result = await sandbox.execute(`
class Rich:
    def _repr_html_(self): return "<b>é</b>"
    def _repr_svg_(self): return "<svg/>"
    def _repr_png_(self): return b"\\x89PNG"
    def _repr_jpeg_(self): return b"\\xff\\xd8", {"width": 3}
    def _repr_pdf_(self): return b"%PDF"
    def _repr_markdown_(self): return "*a*"
    def _repr_latex_(self): return "$a$"
    def _repr_json_(self): return {"a": [1, None]}
    def _repr_javascript_(self): return "1"
    def __repr__(self): return "Rich()"
Rich()`)
  expect(result).toMatchObject({ status: 'success', result: { type: 'Rich', repr: 'Rich()' } })
  expect(shown(result)).toEqual([
    {
      'text/html': '<b>é</b>',
      'image/svg+xml': '<svg/>',
      'image/png': Buffer.from('\x89PNG', 'latin1').toString('base64'),
      'image/jpeg': Buffer.from([0xff, 0xd8]).toString('base64'),
      'application/pdf': Buffer.from('%PDF').toString('base64'),
      'text/markdown': '*a*',
      'text/latex': '$a$',
      'application/json': { a: [1, null] },
      'application/javascript': '1',
      'text/plain': 'Rich()',
    },
  ])
  expect(result.displays.find(({ mime }) => mime === 'image/jpeg')?.metadata).toEqual({ id: 1, width: 3 })
})

programTest('a bundle wins over single forms, and None is no form', async ({ sandbox }) => {
  const result = await sandbox.execute(`
class Bundle:
    def _repr_mimebundle_(self, include=None, exclude=None):
        return {"text/html": "from the bundle", "text/markdown": None}, {"text/html": {"isolated": True}, "all": 1}
    def _repr_html_(self): return "alone"
    def _repr_latex_(self): return None
Bundle()`)
  expect(shown(result)).toEqual([{ 'text/html': 'from the bundle', 'text/plain': expect.any(String) }])
  expect(result.displays[0]?.metadata).toEqual({ id: 1, all: 1, isolated: true })
})

programTest.for<[string, string]>([
  ['a number', '1'],
  ['a text', '"a"'],
  ['None', 'None'],
  ['an object with only its repr', 'object()'],
  ['a class that has forms', 'class A:\n    def _repr_html_(self): return "a"\nA'],
])('%s as the last expression is no display', async ([, code], { sandbox }) => {
  expect(await sandbox.execute(code)).toMatchObject({ status: 'success', displays: [] })
})

programTest('what a form raises is named, and the other forms are shown', async ({ sandbox }) => {
  const result = await sandbox.execute(`
class Bad(Exception):
    def __str__(self): raise Exception
class Broken:
    def _repr_html_(self): raise ValueError("no html")
    def _repr_json_(self): raise Bad
    def _repr_mimebundle_(self, include=None, exclude=None): return 5
    def _repr_markdown_(self): return "*whole*"
Broken()`)
  expect(result.status).toBe('success')
  expect(shown(result)[0]).toMatchObject({ 'text/markdown': '*whole*' })
  expect(result.displays[0]?.metadata.errors).toMatchObject({
    'text/html': 'ValueError: no html',
    'application/json': expect.stringMatching(/^Bad: /),
    _repr_mimebundle_: expect.stringContaining('AttributeError'),
  })
})

programTest('display() shows objects, raw forms and their metadata', async ({ sandbox }) => {
  const result = await sandbox.execute(`
display(1, "a")
display({"text/plain": "p", "application/json": {"a": 1}}, raw=True, metadata={"source": "x"})`)
  expect(shown(result)).toEqual([
    { 'text/plain': '1' },
    { 'text/plain': "'a'" },
    { 'text/plain': 'p', 'application/json': { a: 1 } },
  ])
  expect(result.displays[3]?.metadata).toEqual({ id: 3, source: 'x' })
})

programTest.for(['""', '"no slash"', '5', '"😀/" + "😀" * 300', '"a/b\\nc"'])(
  'display() refuses %s as a MIME type',
  async (mime, { sandbox }) => {
    const result = await sandbox.execute(`display({${mime}: "x"}, raw=True)`)
    expect(result.error).toMatchObject({ kind: 'exception', name: 'ValueError' })
    const bundle = `class A:\n    def _repr_mimebundle_(self, include, exclude): return {${mime}: "x", "a/b": "y"}\nA()`
    expect(shown(await sandbox.execute(bundle))).toEqual([{ 'a/b': 'y', 'text/plain': expect.any(String) }])
  },
)

programTest('hostile metadata and data are data', async ({ sandbox }) => {
  const result = await sandbox.execute(`
deep = {}
for _ in range(500): deep = {"a": deep}
loop = {}
loop["loop"] = loop
class A:
    def _repr_mimebundle_(self, include, exclude):
        return {"a/b": {"__proto__": {"polluted": 1}}, "a/c": deep, "a/d": loop, "a/e": {1: 2}, "a/f": float("nan")}, {5: 6, "x": loop}
A()`)
  expect(result.status).toBe('success')
  expect(result.displays).toHaveLength(6)
  expect('polluted' in {}).toBe(false)
})

programTest.for<[string, string, string[]]>([
  [
    'plt.show() twice',
    'plt.figure("a")\nplt.show()\nprint("between")\nplt.figure("b")\nplt.show()\nplt.show()',
    ['a', 'b'],
  ],
  ['a figure as the last expression', 'figure = plt.figure("once")\nfigure', ['once']],
  [
    'a figure as the last expression beside another one',
    'other = plt.figure("other")\nplt.figure("last")',
    ['last', 'other'],
  ],
  ['what plot() gives as the last expression', 'plt.plot([1], [2])', ['1']],
  ['a figure that display() shows', 'display(plt.figure("d"))\nplt.close("all")', ['d']],
  ['a figure that was closed', 'plt.close(plt.figure("c"))', []],
])('%s: each figure is shown once', async ([, code, names], { sandbox }) => {
  const result = await sandbox.execute(MATPLOTLIB + code)
  expect(result.error).toBeNull()
  expect(pictures(result)).toEqual(names)
})

programTest('pandas, plotly, altair and PIL: each in its own forms', async ({ sandbox }) => {
  const result = await sandbox.execute(`${MODULES}
write({
  'pandas/core/frame': '''
class DataFrame:
    def __len__(self): return 5000
    def head(self, n): return self
    def to_json(self, orient, date_format): return '{"schema": {"fields": [{"name": "a"}]}, "data": [{"a": 1}]}'
    def _repr_html_(self): return "<table></table>"
''',
  'plotly/basedatatypes': '''
class BaseFigure:
    def to_json(self): return '{"data": [], "layout": {}}'
    def _repr_html_(self): return "<script>" + "x" * 10**6
    def show(self): raise RuntimeError("no browser")
''',
  'plotly/graph_objs': 'from .basedatatypes import BaseFigure\\nclass Figure(BaseFigure): pass',
  'altair/vegalite/api': '''
class TopLevelMixin:
    def to_json(self): return '{"$schema": "https://vega.github.io/schema/vega-lite/v6.1.0.json", "mark": "bar"}'
    def _repr_mimebundle_(self, **_): return {"text/html": "<script>"}
class Chart(TopLevelMixin): pass
''',
  'PIL/Image': 'class Image:\\n    def _repr_png_(self): return b"png"',
})
from pandas.core.frame import DataFrame
from plotly.graph_objs import Figure
from altair.vegalite.api import Chart
from PIL.Image import Image
Figure().show()
display(DataFrame(), Chart())
Image()`)
  expect(result.error).toBeNull()
  const plain = { 'text/plain': expect.any(String) }
  expect(shown(result)).toEqual([
    { ...plain, 'application/vnd.plotly.v1+json': { data: [], layout: {} } },
    {
      ...plain,
      'text/html': '<table></table>',
      'application/vnd.dataresource+json': {
        schema: { fields: [{ name: 'a' }] },
        data: [{ a: 1 }],
        rows: 5000,
      },
    },
    { ...plain, 'application/vnd.vegalite.v6+json': { mark: 'bar', $schema: expect.any(String) } },
    { ...plain, 'image/png': Buffer.from('png').toString('base64') },
  ])
})
