import { type SpawnSyncReturns, spawnSync } from 'node:child_process'
import {
  cpSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  realpathSync,
  rmSync,
  statSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { start } from '../packages/sandbox/test/fixtures/command.ts'

const ROOT = fileURLToPath(new URL('..', import.meta.url))
/** Outside the repository, so that nothing of it is found. */
const place = realpathSync(mkdtempSync(join(tmpdir(), 'agentchat-packed-')))
const project = join(place, 'project')
const modules = join(project, 'node_modules')
afterAll(() => rmSync(place, { recursive: true, force: true }))

interface LockedPackage {
  readonly link?: boolean
  readonly hasInstallScript?: boolean
}

/** What npm says where it can neither reach the registry nor has everything in its cache. */
const OUT_OF_REACH = /\b(ENOTCACHED|ENOTFOUND|EAI_AGAIN|ECONNREFUSED|ECONNRESET|ETIMEDOUT|ENETUNREACH)\b/

// The packages as they are built, for `npm test` builds them before: `npm pack` would build them once more.
describe('agentchat-sandbox, packed and installed alone into an empty project', () => {
  let notReached: string | null = null

  beforeAll(() => {
    mkdirSync(project)
    writeFileSync(join(project, 'package.json'), JSON.stringify({ private: true, type: 'module' }))
    // The versions of the repository: npm then takes its cache and asks the registry for nothing.
    const { packages } = readLock(ROOT)
    const installed = Object.entries(packages).filter(
      ([path, { link }]) => path.startsWith('node_modules/') && link !== true,
    )
    writeFileSync(
      join(project, 'package-lock.json'),
      JSON.stringify({
        lockfileVersion: 3,
        requires: true,
        packages: { '': {}, ...Object.fromEntries(installed) },
      }),
    )
    notReached = install(['sandbox'])
  })

  /** A test that needs what is installed; where the registry could not be reached it is skipped, and says why. */
  const installedTest = (name: string, run: () => Promise<void> | void) =>
    test(name, async (context) => {
      context.skip(notReached !== null, `npm cannot install: ${notReached}`)
      await run()
    })

  installedTest(
    'is at most 12 packages and 20 MB beside Deno and Pyodide, and only Deno has an install script',
    () => {
      const { packages } = readLock(modules, '.package-lock.json')
      const names = Object.keys(packages).map((path) => path.replace(/^.*node_modules\//, ''))
      const ours = names.filter((name) => name !== 'pyodide' && name !== 'deno' && !name.startsWith('@deno/'))
      expect(ours).toContain('agentchat-sandbox')
      expect(ours.length).toBeLessThanOrEqual(12)
      const bytes = ours.map((name) => bytesIn(join(modules, name))).reduce((sum, each) => sum + each, 0)
      expect(bytes / 2 ** 20).toBeLessThanOrEqual(20)
      const withScripts = Object.entries(packages).filter(
        ([, { hasInstallScript }]) => hasInstallScript === true,
      )
      expect(withScripts.map(([path]) => path)).toEqual(['node_modules/deno'])
    },
  )

  installedTest("runs the README's first example", () => {
    const readme = readFileSync(join(ROOT, 'README.md'), 'utf8')
    const [, code = '', output] = /^```js\n([\s\S]*?)^```\n```text\n([\s\S]*?)^```/m.exec(readme) ?? []
    writeFileSync(join(project, 'example.js'), code)
    const { stdout, stderr } = runNode('example.js')
    expect({ stdout, stderr }).toEqual({ stdout: output, stderr: '' })
  })

  installedTest('has a command that runs Python', () => {
    const { stdout, stderr } = run(join(modules, '.bin', 'agentchat-sandbox'), ['run', '-c', 'print(1)'])
    expect({ stdout, stderr }).toEqual({ stdout: '1\n', stderr: '' })
  })

  installedTest('throws errors under the names of their classes', () => {
    const code = `import { PyodideSandbox } from 'agentchat-sandbox'
try { new PyodideSandbox({ wrong: 1 }) } catch ({ name, code }) { console.log(name, code) }`
    writeFileSync(join(project, 'wrong.js'), code)
    expect(runNode('wrong.js').stdout).toBe('InvalidOptionsError invalid-options\n')
  })

  installedTest('reads 360 kB at most when it is imported, no HTTP with it, and makes no schema', () => {
    const text = withImports(join(modules, 'agentchat-sandbox', 'dist', 'sandbox', 'index.js'))
    expect(text.length).toBeLessThan(360_000)
    expect(text).not.toMatch(/from"node:(http|zlib)"/)
    // Zod notes there in which language it speaks when the first schema is made.
    const code = `import 'agentchat-sandbox'
console.log(Object.keys(globalThis.__zod_globalConfig).join())`
    writeFileSync(join(project, 'imported.js'), code)
    expect(runNode('imported.js')).toMatchObject({ stdout: '\n', stderr: '' })
  })

  describe('and agentchat-sandbox-server beside it', () => {
    beforeAll(() => {
      notReached ??= install(['mcp', 'agent', 'server'])
    })

    installedTest('have types that a strict compiler takes without leaving a declaration out', () => {
      cpSync(join(ROOT, 'test', 'fixtures', 'packed-types.ts'), join(project, 'packed-types.ts'))
      const tsc = join(ROOT, 'node_modules', 'typescript', 'bin', 'tsc')
      const flags = ['--noEmit', '--strict', '--exactOptionalPropertyTypes', '--skipLibCheck', 'false']
      const platform = ['--target', 'es2022', '--module', 'nodenext', '--lib', 'es2023,esnext.disposable,dom']
      const { stdout } = run(process.execPath, [tsc, ...flags, ...platform, '--types', '', 'packed-types.ts'])
      expect(stdout).toBe('')
    })

    installedTest('serve, and are ready', async () => {
      const main = join(modules, 'agentchat-sandbox-server', 'dist', 'cli', 'main.js')
      const service = start(['serve', '--port', '0', '--data-dir', join(place, 'data')], { main })
      let printed = ''
      service.child.stdout?.on('data', (text: string) => {
        printed += text
      })
      try {
        await service.printed('listens on')
        const [, address = ''] = /listens on (\S+)/.exec(printed) ?? []
        expect(await (await fetch(`${address}/readyz`)).json()).toEqual({ status: 'ready' })
      } finally {
        service.child.kill('SIGTERM')
      }
      expect((await service.outcome).exitCode).toBe(0)
    })
  })
})

/** Packs packages and installs the files. Null, or what npm says of a registry that it cannot reach. */
function install(names: readonly string[]): string | null {
  const files = names.map((name) => join(place, pack(name)))
  // Deno's is the one install script, and not needed.
  const { status, stderr } = npm(
    ['install', '--ignore-scripts', '--prefer-offline', '--no-audit', '--no-fund', ...files],
    project,
  )
  if (status === 0) return null
  const [reason] = OUT_OF_REACH.exec(stderr) ?? []
  if (reason === undefined) throw new Error(`Cannot install ${names.join(', ')}: ${stderr}`)
  return reason
}

/** The name of the file that a package is packed into. */
function pack(name: string): string {
  const args = ['pack', '--ignore-scripts', '--json', '--pack-destination', place]
  const { stdout, stderr } = npm(args, join(ROOT, 'packages', name))
  const [, file] = /"filename": "([^"]+\.tgz)"/.exec(stdout) ?? []
  if (file === undefined) throw new Error(`Cannot pack ${name}: ${stderr}`)
  return file
}

function npm(args: readonly string[], cwd: string): SpawnSyncReturns<string> {
  return spawnSync('npm', args, { cwd, encoding: 'utf8' })
}

function runNode(file: string): SpawnSyncReturns<string> {
  return run(process.execPath, [file])
}

function run(program: string, args: readonly string[]): SpawnSyncReturns<string> {
  return spawnSync(program, args, { cwd: project, encoding: 'utf8' })
}

function readLock(folder: string, name = 'package-lock.json'): { packages: Record<string, LockedPackage> } {
  return JSON.parse(readFileSync(join(folder, name), 'utf8'))
}

/** The text of a built file and of all that it imports, but for what it imports when it is wanted. */
function withImports(entry: string): string {
  const texts = new Map<string, string>()
  const waiting = [entry]
  for (let file = waiting.pop(); file !== undefined; file = waiting.pop()) {
    if (texts.has(file)) continue
    const text = readFileSync(file, 'utf8')
    texts.set(file, text)
    for (const [, path = ''] of text.matchAll(/\b(?:from|import)"(\.[^"]+)"/g))
      waiting.push(join(dirname(file), path))
  }
  return [...texts.values()].join('\n')
}

function bytesIn(folder: string): number {
  return readdirSync(folder, { withFileTypes: true, recursive: true })
    .filter((entry) => entry.isFile())
    .reduce((sum, { parentPath, name }) => sum + statSync(join(parentPath, name)).size, 0)
}
