import { EXIT_SUCCESS } from 'agentchat-sandbox-base/command/outcome'
import { paint } from 'agentchat-sandbox-base/command/terminal'
import { defaultCacheFolder } from '../../sandbox/host/cache-folder.ts'
import { PyodideSandbox } from '../../sandbox/index.ts'
import { OutputPipe } from '../output-pipe.ts'
import { WaitDisplay } from '../wait-display.ts'
import { lookAtCache, lookAtImage } from './cache.ts'
import { type Check, check, type Finding, fail, ok } from './check.ts'
import { lookAtDisk } from './disk.ts'
import { lookAtDeno, lookAtNode, lookAtPyodide } from './installation.ts'
import { lookAtDenoWall, lookAtSecondWall } from './walls.ts'

const EXIT_NOT_WELL = 1

/** Looks at everything that a run needs, prints what was found, and gives the exit code: 0 unless something fails. */
export async function doctor(json: boolean): Promise<number> {
  const output = new OutputPipe(process.stdout)
  const checks: Check[] = []
  for (const { name, look, runsPython } of looks(defaultCacheFolder())) {
    using display = new WaitDisplay(`looking at: ${name}`)
    const broken = checks.find(({ status }) => status === 'fail')
    const found = await check(name, () =>
      runsPython && broken !== undefined
        ? fail(`not looked at, because ${broken.name} fails`, null)
        : look(display),
    )
    display.end()
    checks.push(found)
    if (!json) await output.write(lineOf(found))
  }
  const well = checks.every(({ status }) => status !== 'fail')
  if (json) await output.write(`${JSON.stringify({ ok: well, checks }, null, 2)}\n`)
  return well ? EXIT_SUCCESS : EXIT_NOT_WELL
}

interface Look {
  readonly name: string
  /** It cannot go well when something before it does not. */
  readonly runsPython: boolean
  readonly look: (display: WaitDisplay) => Finding | Promise<Finding>
}

function looks(cacheDir: string): readonly Look[] {
  return [
    { name: 'Node.js', runsPython: false, look: lookAtNode },
    { name: 'Deno', runsPython: false, look: lookAtDeno },
    { name: 'Pyodide', runsPython: false, look: lookAtPyodide },
    { name: 'cache folder', runsPython: false, look: () => lookAtCache(cacheDir) },
    { name: 'disk', runsPython: true, look: () => lookAtDisk(cacheDir) },
    {
      name: 'image',
      runsPython: true,
      look: (display) => lookAtImage(cacheDir, (progress) => display.progress(progress)),
    },
    { name: 'execution', runsPython: true, look: () => lookAtExecution(cacheDir) },
    { name: 'first wall', runsPython: true, look: () => lookAtDenoWall(cacheDir) },
    { name: 'second wall', runsPython: true, look: () => lookAtSecondWall(cacheDir) },
  ]
}

function lineOf({ name, status, detail, remedy }: Check): string {
  const { green, yellow, red, bold } = paint(process.stdout)
  const colour = { ok: green, warn: yellow, fail: red }[status]
  const line = `${colour(status.padEnd(4))}  ${bold(name.padEnd(12))}  ${detail}\n`
  return remedy === null ? line : `${line}${' '.repeat(20)}-> ${remedy}\n`
}

const PROGRAM = `
import sys
print("hello")
sys.version.split()[0]
`

/** Does a real program run, from start to result? */
async function lookAtExecution(cacheDir: string): Promise<Finding> {
  await using sandbox = new PyodideSandbox({ cacheDir, pool: { min: 0, max: 1 } })
  const started = performance.now()
  const { result, stdout, error } = await sandbox.execute(PROGRAM, { timeoutSeconds: 30 })
  const ms = Math.round(performance.now() - started)
  if (error !== null) return fail(`a program failed: ${error.kind}: ${error.message}`, null)
  if (stdout !== 'hello\n') return fail(`a program printed ${JSON.stringify(stdout)}, not "hello"`, null)
  return ok(`Python ${String(result)} ran a program, in ${ms} ms with its start`)
}
