import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, statSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'

/** What is started as a process or a thread, with the sources it is made of, and what is made beside it. */
const PROGRAMS = [
  { name: 'base', folder: '.', program: 'gate/schema-program.js' },
  {
    name: 'server',
    folder: 'db/embedded',
    program: 'db/embedded/thread-program.js',
    made: fileURLToPath(new URL('../scripts/initial-database.mjs', import.meta.url)),
  },
]

/** Builds them, for Node reads no TypeScript: anew where they are older than their source. */
export default function buildPrograms(): void {
  for (const each of PROGRAMS) {
    const folder = fileURLToPath(new URL(`../packages/${each.name}`, import.meta.url))
    const built = join(folder, 'build', each.program)
    const changed = readdirSync(join(folder, 'src', each.folder), { recursive: true, encoding: 'utf8' })
      .map((name) => statSync(join(folder, 'src', each.folder, name)).mtimeMs)
      .reduce((latest, time) => Math.max(latest, time), 0)
    if (existsSync(built) && statSync(built).mtimeMs > changed) continue
    compile(folder)
    if (each.made !== undefined) run(each.made, join(folder, 'build'))
  }
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
