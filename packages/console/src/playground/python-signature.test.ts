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
  expect(parametersOf(CODE, 'main')).toEqual([
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
