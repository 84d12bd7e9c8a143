import { existsSync, readdirSync } from 'node:fs'
import { dirname, join, posix } from 'node:path'
import { describe, expect, test } from 'vitest'
import { PAGES, ROOT, readPage } from './pages.ts'

/** Folders of the repository that a path in running text begins with. */
const ROOMS = 'bench|docs|examples|packages|scripts|test'
/** What is made by a command and not in the repository. */
const MADE = /^bench\/results\/|\/(build|dist)(\/|$)/

const scripts = Object.keys(JSON.parse(readPage('package.json')).scripts)

/** Paths in code of running text: `docs/tools.md`, but no pattern such as `packages/x/*`. */
function pathsIn(text: string): string[] {
  const path = new RegExp(String.raw`(?<![\w/.@-])(?:${ROOMS})/[\w./-]*[\w-]`, 'g')
  const withoutBlocks = text.replaceAll(/^```(?:console|text|json|toml)\n[\s\S]*?^```$/gm, '')
  return [...withoutBlocks.matchAll(path)]
    .filter(({ 0: found, index }) => !/^[/.]?[*<]/.test(withoutBlocks.slice(index + found.length)))
    .map(([found]) => found)
    .filter((found) => !MADE.test(found))
}

/** Targets of links that lead into the repository. */
function linksIn(text: string): string[] {
  return [...text.matchAll(/\]\(([^)\s]+)\)/g)]
    .map(([, target = '']) => target)
    .filter((target) => !/^\w+:/.test(target))
}

/** The names that headings have as targets of links. */
function anchorsOf(text: string): string[] {
  return [...text.matchAll(/^#+ (.*)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replaceAll(/[^\p{L}\p{N}\s_-]/gu, '')
      .replaceAll(' ', '-'),
  )
}

/** What is wrong with a link on a page, or null. */
function problemOf(page: string, link: string): string | null {
  const [path = '', anchor] = link.split('#')
  const target = path === '' ? page : posix.join(dirname(page), path)
  if (!existsSync(join(ROOT, target))) return `${target} is not there`
  if (anchor === undefined) return null
  return anchorsOf(readPage(target)).includes(anchor) ? null : `${target} has no heading "${anchor}"`
}

test('pathsIn() finds paths and passes over patterns', () => {
  expect(
    pathsIn('see `docs/a.md`, packages/b/src. `packages/*/test`, `packages/<name>/x`, work/docs/c.md'),
  ).toEqual(['docs/a.md', 'packages/b/src'])
})

test('problemOf() finds a link to nothing', () => {
  expect(problemOf('docs/cli.md', 'gone.md')).toBe('docs/gone.md is not there')
  expect(problemOf('docs/cli.md', '#gone')).toBe('docs/cli.md has no heading "gone"')
  expect(problemOf('docs/cli.md', '#exit-codes')).toBe(null)
})

describe.each(PAGES)('%s', (page) => {
  const text = readPage(page)

  test('names no path that is gone', () => {
    expect(pathsIn(text).filter((path) => !existsSync(join(ROOT, path)))).toEqual([])
  })

  test('has no link that leads nowhere', () => {
    expect(linksIn(text).flatMap((link) => problemOf(page, link) ?? [])).toEqual([])
  })

  test('names no npm script that is gone', () => {
    const named = [...text.matchAll(/npm run ([\w:]+)/g)].map(([, name = '']) => name)
    expect(named.filter((name) => !scripts.includes(name))).toEqual([])
  })
})

test('no source names a page that is gone', () => {
  const files = ['packages', 'scripts', 'bench', 'test'].flatMap((folder) =>
    readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
      .filter((name) => /\.(ts|mjs|py)$/.test(name) && !/(^|\/)(node_modules|build|dist)\//.test(name))
      .map((name) => `${folder}/${name}`),
  )
  const gone = files.flatMap((file) =>
    [...readPage(file).matchAll(/(?<![\w/.])docs\/[\w/-]+\.md/g)]
      .map(([path]) => path)
      .filter((path) => !existsSync(join(ROOT, path)))
      .map((path) => `${file}: ${path}`),
  )
  expect(files.length).toBeGreaterThan(400)
  // The examples above name two.
  expect(gone.filter((one) => !one.startsWith('test/documentation/'))).toEqual([])
})

test('docs/README.md leads to every page of docs/', () => {
  const map = linksIn(readPage('docs/README.md')).map((link) => posix.join('docs', link))
  const pages = PAGES.filter((page) => page.startsWith('docs/') && page !== 'docs/README.md')
  expect(pages.filter((page) => !map.includes(page))).toEqual([])
})

test('README.md is short', () => {
  expect(readPage('README.md').trimEnd().split('\n').length).toBeLessThanOrEqual(170)
})
