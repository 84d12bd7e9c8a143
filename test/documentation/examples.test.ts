import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { delimiter, dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { parseAst } from 'rolldown/parseAst'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { MAIN } from '../../packages/sandbox/test/fixtures/command.ts'
import { type Example, examplesOf, PAGES, ROOT, readPage } from './pages.ts'
import { type RunningService, startService } from './running-service.ts'

// Inside the repository, so that the examples find its packages by their names, and where git does not look.
const folder = mkdtempSync(join(ROOT, 'node_modules', '.examples-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const everyExample = PAGES.flatMap((page) =>
  examplesOf(readPage(page)).map((example) => ({ ...example, page })),
).filter(({ notRun }) => notRun === null)
const of = (language: string) => everyExample.filter((example) => example.language === language)
const onService = (example: Example) => example.code.includes('agentchat-sandbox-server/client')
const printing = (language: string) => of(language).filter(({ output }) => output !== null)

test('there are examples of each kind', () => {
  expect(printing('js').length).toBeGreaterThan(10)
  expect(printing('ts').length).toBeGreaterThan(0)
  expect(of('console').length).toBeGreaterThan(2)
})

test.each(printing('js').filter((example) => !onService(example)))('$page: $name', ({ code, output }) => {
  expect(runNode('example.mjs', code)).toBe(output)
})

test.each(printing('ts'))('$page: $name', ({ code, output }) => {
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
  expect(runNode('example.js')).toBe(output)
})

test.each([...of('js'), ...of('ts')].filter(({ output }) => output === null))(
  '$page: $name can be parsed',
  ({ code, language }) => {
    expect(() => parseAst(code, { lang: language === 'ts' ? 'ts' : 'js' })).not.toThrow()
  },
)

describe('commands', () => {
  beforeAll(() => symlinkSync(MAIN, join(folder, 'agentchat-sandbox')))

  test.each(
    of('console').flatMap((example) => commandsOf(example).map((one) => ({ ...one, page: example.page }))),
  )('$page: $line', ({ line, output }) => {
    const path = `${folder}${delimiter}${process.env.PATH}`
    const { stdout } = spawnSync('/bin/sh', ['-c', `{ ${line}\n} 2>&1`], {
      env: { ...process.env, PATH: path },
      encoding: 'utf8',
    })
    expect(stdout).toBe(output)
  })
})

describe('programs that use the service', () => {
  let service: RunningService
  beforeAll(async () => {
    service = await startService(join(folder, 'data'))
  })
  afterAll(() => service.end())

  test.each(printing('js').filter(onService))('$page: $name', ({ code, output }) => {
    const own = code.replaceAll('http://127.0.0.1:8787', service.url)
    expect(runNode('example.mjs', own, { KEY: service.apiKey })).toBe(output)
  })
})

function runNode(name: string, code?: string, env: Record<string, string> = {}): string {
  if (code !== undefined) writeFileSync(join(folder, name), code)
  const { stdout, stderr, status } = spawnSync(process.execPath, [join(folder, name)], {
    cwd: folder,
    encoding: 'utf8',
    env: { ...process.env, ...env },
  })
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  return stdout
}

/** Each line that begins with `$ ` with the lines after it that begin with `> `, and what stands below. */
function commandsOf({ code }: Example): { line: string; output: string }[] {
  return code
    .split(/^\$ /m)
    .slice(1)
    .map((part) => {
      const [, line = '', output = ''] = /^(.*\n(?:> .*\n)*)([\s\S]*)$/.exec(part) ?? []
      return { line: line.trimEnd().replaceAll('\n> ', '\n'), output }
    })
}
