import { spawnSync } from 'node:child_process'
import { mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { MAIN } from '../packages/sandbox/test/command.ts'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
// Inside the package, so that the examples find it by its name, and where git does not look.
const folder = mkdtempSync(join(ROOT, 'node_modules', '.readme-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const readme = readFileSync(join(ROOT, 'README.md'), 'utf8')

interface Example {
  /** The heading that it stands under, and its line. */
  readonly name: string
  readonly language: string
  readonly code: string
  /** What the block after it says that it prints, or null. */
  readonly output: string | null
}

const examples = [...readme.matchAll(/^```(\w+)\n([\s\S]*?)^```\n(?:```text\n([\s\S]*?)^```\n)?/gm)].map(
  ({ index, 1: language = '', 2: code = '', 3: output = null }): Example => {
    const before = readme.slice(0, index)
    const heading = [...before.matchAll(/^#+ (.*)$/gm)].at(-1)?.[1] ?? ''
    return { name: `${heading} (line ${before.split('\n').length})`, language, code, output }
  },
)

const of = (language: string) => examples.filter((example) => example.language === language)

describe('README.md', () => {
  test('has examples of each kind', () => {
    expect(of('js').length).toBeGreaterThan(4)
    expect(of('ts').length).toBeGreaterThan(0)
    expect(of('console').length).toBeGreaterThan(1)
  })

  test.each(of('js'))('$name', ({ code, output }) => {
    expect(runNode('example.mjs', code)).toBe(output ?? '')
  })

  test.each(of('ts'))('$name', ({ code, output }) => {
    writeFileSync(join(folder, 'example.ts'), code)
    const tsc = join(dirname(fileURLToPath(import.meta.resolve('typescript/package.json'))), 'bin', 'tsc')
    const flags = [
      '--strict',
      '--target',
      'es2022',
      '--module',
      'nodenext',
      '--lib',
      'es2023,esnext.disposable',
    ]
    const { stdout, status } = spawnSync(
      process.execPath,
      [tsc, '--ignoreConfig', ...flags, '--types', 'node', join(folder, 'example.ts')],
      { cwd: ROOT, encoding: 'utf8' },
    )
    expect({ status, stdout }).toEqual({ status: 0, stdout: '' })
    expect(runNode('example.js')).toBe(output ?? '')
  })

  describe('commands', () => {
    beforeAll(() => symlinkSync(MAIN, join(folder, 'agentchat-sandbox')))

    test.each(of('console').flatMap(commandsOf))('$line', ({ line, output }) => {
      const path = `${folder}${delimiter}${process.env.PATH}`
      const { stdout } = spawnSync('/bin/sh', ['-c', `{ ${line}\n} 2>&1`], {
        env: { ...process.env, PATH: path },
        encoding: 'utf8',
      })
      expect(stdout).toBe(output)
    })
  })
})

function runNode(name: string, code?: string): string {
  if (code !== undefined) writeFileSync(join(folder, name), code)
  const { stdout, stderr, status } = spawnSync(process.execPath, [join(folder, name)], { encoding: 'utf8' })
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  return stdout
}

/** Each line that begins with `$ `, and what stands below it. */
function commandsOf({ code }: Example): { line: string; output: string }[] {
  return code
    .split(/^\$ /m)
    .slice(1)
    .map((part) => {
      const [line = '', ...output] = part.split('\n')
      return { line, output: output.join('\n') }
    })
}
