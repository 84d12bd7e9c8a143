import { existsSync, readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { analyse } from 'scslre'
import { expect, test } from 'vitest'
import { parseAst } from 'vitest/node'

const ROOT = fileURLToPath(new URL('..', import.meta.url))

/** The programs of the project, without their tests. */
function sources(): string[] {
  const packages = readdirSync(join(ROOT, 'packages')).map((name) => join('packages', name, 'src'))
  return packages
    .filter((folder) => existsSync(join(ROOT, folder)))
    .flatMap((folder) =>
      readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
        .filter((path) => /\.tsx?$/.test(path) && !/\.test\.tsx?$/.test(path))
        .map((path) => join(folder, path)),
    )
}

interface Expression {
  readonly pattern: string
  readonly flags: string
}

/** The regular expressions that stand in a text of TypeScript. */
function expressionsIn(text: string, lang: 'ts' | 'tsx'): Expression[] {
  const found: Expression[] = []
  const look = (node: unknown): void => {
    if (typeof node !== 'object' || node === null) return
    const { regex } = node as { readonly regex?: Expression }
    if (regex !== undefined) found.push(regex)
    else for (const child of Object.values(node)) look(child)
  }
  look(parseAst(text, { lang }))
  return found
}

/** Where an expression goes back over the same characters, for each length or, from each start, for each rest. */
function problemsOf({ pattern, flags }: Expression): string[] {
  return analyse({ source: pattern, flags }).reports.map((report) => {
    if (report.type === 'Trade')
      return `"${report.startQuant.raw}" and "${report.endQuant.raw}" take the same`
    return report.type === 'Self'
      ? `"${report.quant.raw}" takes the same in two ways`
      : `"${report.quant.raw}" is begun anew at each of its characters`
  })
}

test.each<[RegExp, RegExp]>([
  [/^a+a+$/, /"a\+" and "a\+" take the same/],
  [/^(a+)+$/, /in two ways/],
  [/a+$/, /begun anew/],
])('problemsOf() finds what takes more than linear time in %s', ({ source, flags }, problem) => {
  expect(problemsOf({ pattern: source, flags }).join()).toMatch(problem)
})

test('no regular expression of the programs takes more than linear time', () => {
  const files = sources()
  const all = files.flatMap((file) => {
    const text = readFileSync(join(ROOT, file), 'utf8')
    return expressionsIn(text, file.endsWith('x') ? 'tsx' : 'ts').map((each) => ({ file, each }))
  })
  expect(all.length).toBeGreaterThan(100)
  const bad = all.flatMap(({ file, each }) =>
    problemsOf(each).map((problem) => `${file}: /${each.pattern}/${each.flags}: ${problem}`),
  )
  expect(bad).toEqual([])
})
