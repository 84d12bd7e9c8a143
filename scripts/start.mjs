// Everything from a fresh clone to a running program: installs what is missing, builds what is old, then runs
// examples/tour.mjs (`tour`), or the command with the arguments that stand behind (`serve --port 9000`).
// Needs nothing but Node. What it does is told on standard error; standard output is the program's.
import { spawnSync } from 'node:child_process'
import { existsSync, readdirSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'

const root = fileURLToPath(new URL('..', import.meta.url))
/** npm writes this file last: without it an installation is missing or was broken off. */
const INSTALLED = join(root, 'node_modules', '.package-lock.json')
/** The build writes this file last, with what it was built from. */
const BUILT = join(root, 'packages', 'server', 'dist', 'built')

const [major, minor] = process.versions.node.split('.').map(Number)
if (major < 20 || (major === 20 && minor < 19)) {
  fail(`Node ${process.versions.node} is too old: 20.19 or newer is needed`)
}
if (!existsSync(INSTALLED)) {
  say('installing the locked dependencies (npm ci)')
  runNpm('ci', '--no-audit', '--no-fund')
}
if (!existsSync(BUILT) || newestSource() > statSync(BUILT).mtimeMs) {
  say('building')
  runNode('scripts/build.mjs')
}
if (process.argv[2] === 'tour') runNode('examples/tour.mjs')
else {
  // In this process, so that a signal which ends it reaches the service.
  process.argv[1] = join(root, 'packages', 'server', 'dist', 'cli', 'main.js')
  await import('../packages/server/dist/cli/main.js')
}

/** Time of the newest change in what is built, the locked dependencies among it. */
function newestSource() {
  const packages = join(root, 'packages')
  const sources = readdirSync(packages).map((name) => newest(join(packages, name, 'src')))
  return Math.max(
    ...sources,
    newest(join(root, 'scripts')),
    statSync(join(root, 'package-lock.json')).mtimeMs,
  )
}

/** Time of the newest change below `folder`; a folder changes when something in it is made or removed. */
function newest(folder) {
  return readdirSync(folder, { withFileTypes: true }).reduce((latest, entry) => {
    if (entry.name === '__pycache__') return latest
    const path = join(folder, entry.name)
    return Math.max(latest, entry.isDirectory() ? newest(path) : statSync(path).mtimeMs)
  }, statSync(folder).mtimeMs)
}

function runNode(script, ...args) {
  run(process.execPath, [join(root, script), ...args], 'inherit')
}

/** With the npm that runs us, where one does: on Windows "npm" is no program that can be started by itself. */
function runNpm(...args) {
  const npm = process.env.npm_execpath
  if (npm?.endsWith('.js')) run(process.execPath, [npm, ...args], 2)
  else run('npm', args, 2)
}

/** `output` is where the program's standard output goes: ours, or our standard error (2). */
function run(command, args, output) {
  const { status, signal, error } = spawnSync(command, args, {
    cwd: root,
    stdio: ['ignore', output, 'inherit'],
  })
  if (error) fail(`cannot start ${command}: ${error.message}`)
  if (signal) process.kill(process.pid, signal)
  if (status !== 0) process.exit(status ?? 1)
}

function say(message) {
  console.error(`[start] ${message}`)
}

function fail(message) {
  console.error(`[start] ${message}`)
  process.exit(1)
}
