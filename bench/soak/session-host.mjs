// Goes on with kept sessions for ever and says as JSON lines what each execution left.
// node session-host.mjs <store> <sessions>
import { PyodideSandbox } from '../../packages/sandbox/build/sandbox/index.js'

/** State of every kind: a number, a list, a generator in the middle, an open file with its position. */
const BEGIN = `
def count():
    n = 0
    while True:
        n += 1
        yield n
n, log, steps, file = 0, [], count(), open("log.txt", "w+")
`
/** One step of all of it, with time to be killed in the middle. What it gives is a list of equal numbers, unless something went back or ran ahead. */
const STEP = `
n += 1
for _ in range(1_000_000): pass
log.append(n)
at = file.write(f"{n:9}\\n") and file.flush()
size = file.tell() // 10
[n, len(log), log[-1], next(steps), size]
`

const [store, sessions] = process.argv.slice(2)
const sandbox = new PyodideSandbox({ sessionStore: store, maxLiveSessions: 3, pool: { min: 1, max: 2 } })
const tell = (fact) => process.stdout.write(`${JSON.stringify(fact)}\n`)
const ids = Array.from({ length: Number(sessions) }, (_, index) => `s${index}`)
for (const id of ids) void goOn(id)

/** @param {string} id */
async function goOn(id) {
  const session = sandbox.session({ id })
  for (;;) {
    try {
      const result = await session.execute(
        `if "n" not in globals():\n  exec(${JSON.stringify(BEGIN)})${STEP}`,
      )
      const { error, sessionRestored, sessionUnsaved } = result
      tell({ id, values: result.result, error: error?.message ?? null, sessionRestored, sessionUnsaved })
    } catch (error) {
      tell({ id, thrown: `${error.code}: ${error.message}` })
    }
  }
}
