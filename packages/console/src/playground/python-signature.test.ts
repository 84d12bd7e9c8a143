import { expect, test } from 'vitest'
import { parametersOf } from './python-signature.ts'

const CODE = `import x
def main(old: int): return old

@cached
async def main(city: str, days: list[int] = [1, 2], *, tone: Literal["warm", "cold"] = "warm",
               near: float | None = None, anything=print(1, 2), odd: Thing = ..., **more) -> str:
    def main(inner): ...
    return city

class Other:
    def main(self): ...
`

test('parametersOf() reads the last function of that name at the top of a module', () => {
  expect(parametersOf(CODE, 'main')?.map(({ description: _, ...rest }) => rest)).toEqual([
    { name: 'city', type: 'string', initial: null },
    { name: 'days', type: 'array', initial: '[1, 2]' },
    { name: 'tone', type: '"warm" | "cold"', initial: '"warm"' },
    { name: 'near', type: 'number | null', initial: 'None' },
    { name: 'anything', type: null, initial: 'print(1, 2)' },
    { name: 'odd', type: null, initial: '...' },
  ])
})

test.each([
  ['', null],
  ['def other(): ...', null],
  ['if True:\n    def main(a): ...', null],
  ['def main(): ...', []],
  ['def main(*args, **more): ...', []],
  ['def main(a, /, b, *, c): ...', ['a', 'b', 'c']],
  // Half written.
  ['def main(a: ', ['a']],
  ['def main(a, b=', ['a', 'b']],
  ['def main(', []],
  ['def main(((((', []],
])('parametersOf() of %j', (code, names) => {
  expect(parametersOf(code, 'main')?.map(({ name }) => name) ?? null).toEqual(names)
})

const DOCUMENTED = `def main(a: Annotated[int, 1, "how \\"many\\""], b: int, c, d=1, e=2, naïve=3):
    # Not yet.
    "Do it: now.\\n\\n"  r'''
    Args:
        a: not this
        b (int, optional) : how far \\n
        c
    :param d: of old
    :param int e: of old, too
    naïve: a word
    b2: nobody
    '''
`

test('parametersOf() tells what hints and the docstring say of each', () => {
  expect(parametersOf(DOCUMENTED, 'main')?.map(({ description }) => description)).toEqual([
    'how "many"',
    'how far \\n',
    ...['', 'of old', 'of old, too', 'a word'],
  ])
})

test.each([
  ['b"a: bytes"', ''],
  ['f"a: put {together}"', ''],
  ['"""a: one\n    a: two"""', 'two'],
  ["u'a: \\x41\\u0042\\q'", 'AB\\q'],
  ['"""a: open', ''],
  ['pass; "a: later"', ''],
  [`"""a${' '.repeat(50_000)}"""`, ''],
])('parametersOf() of a function that begins with %.40s', (docstring, description) => {
  expect(parametersOf(`def main(a):\n    ${docstring}`, 'main')?.[0]?.description).toBe(description)
})

test.each([
  ['typing.Optional["int"]', 'integer | null'],
  ['Union[str, List[int], "Literal[1]"]', 'string | array | 1'],
  ['Annotated[float | None, "x, | ]"]', 'number | null'],
  ['Literal["a, b", "|"]', '"a, b" | "|"'],
  ['dict[str, int | str]', 'object'],
  ['Optional[Thing]', null],
  ['int.real', null],
  [`${'Optional['.repeat(2_000)}int${']'.repeat(2_000)}`, null],
])('parametersOf() of a parameter that is %.40s', (hint, type) => {
  expect(parametersOf(`def main(a: ${hint}): ...`, 'main')?.[0]?.type).toBe(type)
})
