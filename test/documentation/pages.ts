import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** The folder of the repository. */
export const ROOT = fileURLToPath(new URL('../..', import.meta.url))

/** Every page for readers, by its path in the repository. The changelog tells of what is gone as well. */
export const PAGES: readonly string[] = [
  'README.md',
  'CONTRIBUTING.md',
  ...pagesBelow('docs'),
  ...readdirSync(join(ROOT, 'packages'))
    .map((name) => `packages/${name}/README.md`)
    .filter((page) => readdirSync(join(ROOT, page, '..')).includes('README.md')),
]

/** A block of code on a page. */
export interface Example {
  /** The heading that it stands under, and its line. */
  readonly name: string
  readonly language: string
  readonly code: string
  /** What the block `text` after it says that it prints, or null. */
  readonly output: string | null
  /** Why it is not run, from a comment `<!-- not run: why -->` in the line before it, or null. */
  readonly notRun: string | null
}

export function readPage(page: string): string {
  return readFileSync(join(ROOT, page), 'utf8')
}

/** The blocks of code of a page in Markdown. */
export function examplesOf(text: string): Example[] {
  const block = /(?:^<!-- not run: (.*) -->\n)?^```(\w+)\n([\s\S]*?)^```\n(?:\n?```text\n([\s\S]*?)^```\n)?/gm
  return [...text.matchAll(block)].map(({ index, ...groups }) => {
    const { 1: notRun = null, 2: language = '', 3: code = '', 4: output = null } = groups
    const before = text.slice(0, index)
    const heading = [...before.matchAll(/^#+ (.*)$/gm)].at(-1)?.[1] ?? ''
    return { name: `${heading} (line ${before.split('\n').length})`, language, code, output, notRun }
  })
}

function pagesBelow(folder: string): string[] {
  return readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => name.endsWith('.md'))
    .map((name) => `${folder}/${name}`)
    .sort()
}
