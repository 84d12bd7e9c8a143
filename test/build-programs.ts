import { spawnSync } from 'node:child_process'
import { cpSync, existsSync, readdirSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { buildEscapes } from '../scripts/build-escapes.mjs'

/** What is started as a process or a thread, with the sources it is made of, and what is made beside it of which files. */
const PROGRAMS = [
  { name: 'base', folder: '.', program: 'gate/schema-program.js' },
  {
    name: 'server',
    folder: 'db/embedded',
    program: 'db/embedded/thread-program.js',
    made: {
      by: fileURLToPath(new URL('../scripts/initial-database.mjs', import.meta.url)),
      of: 'db/migrations',
      path: 'db/embedded/initial-database.gz',
    },
  },
]

/** Builds them, for Node reads no TypeScript: anew where they are older than their source. */
export default async function buildPrograms(): Promise<void> {
  for (const { name, folder, program, made } of PROGRAMS) {
    const root = fileURLToPath(new URL(`../packages/${name}`, import.meta.url))
    const build = join(root, 'build')
    if (isOlder(join(build, program), join(root, 'src', folder))) compile(root)
    if (made === undefined || !isOlder(join(build, made.path), join(root, 'src', made.of))) continue
    cpSync(join(root, 'src', made.of), join(build, made.of), { recursive: true })
    run(made.by, build)
  }
  await buildEscapes()
}

/** Whether what was built is missing, or older than a file of a folder. */
function isOlder(built: string, folder: string): boolean {
  if (!existsSync(built)) return true
  const { mtimeMs } = statSync(built)
  return readdirSync(folder, { recursive: true, encoding: 'utf8' }).some(
    (name) => statSync(join(folder, name)).mtimeMs >= mtimeMs,
  )
}

function compile(folder: string): void {
  const compiler = join(
    dirname(createRequire(import.meta.url).resolve('typescript/package.json')),
    'bin',
    'tsc',
  )
  run(compiler, '-p', folder)
}

function run(program: string, ...args: string[]): void {
  const { status } = spawnSync(process.execPath, [program, ...args], { stdio: 'inherit' })
  if (status !== 0)
    throw new Error(`Cannot build what is started as a process or a thread: ${program} failed`)
}
