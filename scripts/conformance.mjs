// npm run conformance -- <file.jsonl>: runs every program of a file through the library and says which ones fail.
import { readFileSync } from 'node:fs'
import { availableParallelism } from 'node:os'
import { parseArgs } from 'node:util'

const HELP = `Usage: npm run conformance -- [options] <file.jsonl>
       npm run conformance -- [options] --cpython <Lib/test> [test_dict ...]

Runs every program of the file in a sandbox of its own and reports. Each line of the file is a JSON object
{ "id": "...", "program": "..." }; a program passes when it ends without an exception.

With --cpython, runs CPython's own tests of forty modules, or those that are named, from its folder Lib/test (best of
the version that Pyodide has): here, and in plain Pyodide beside it.

Options:
  --timeout <seconds>  limit for each program (default 30; with --cpython 300)
  --jobs <n>           programs at the same time (default: number of cores)
  --json               print one JSON object instead of text
  -h, --help           this text

Exit code: 0 all passed (with --cpython: nothing fails that plain Pyodide passes), 1 one failed, 2 wrong usage or a malformed file, 70 the sandbox cannot be started.`

/** What the caller did wrong: no stack trace helps. */
class UsageError extends Error {}

/**
 * @typedef {{ id: string, program: string }} Case
 * @typedef {{ id: string, kind: string, message: string, line: number | null, traceback: string }} Failure
 */

try {
  const options = readOptions(process.argv.slice(2))
  if (options.help) console.log(HELP)
  else if (options.cpython !== undefined) process.exitCode = await cpython(options)
  else process.exitCode = await main(options)
} catch (error) {
  process.stderr.write(`conformance: ${error instanceof Error ? error.message : error}\n`)
  process.exitCode = error instanceof UsageError ? 2 : 70
}

/** @param {readonly string[]} args */
function readOptions(args) {
  const { values, positionals } = parse(args)
  const { cpython } = values
  const options = {
    help: values.help,
    json: values.json,
    file: positionals[0] ?? '',
    cpython,
    only: positionals,
  }
  const timeoutSeconds = Number(values.timeout ?? (cpython === undefined ? 30 : 300))
  const jobs = Number(values.jobs ?? availableParallelism())
  if (!options.help && cpython === undefined && positionals.length !== 1)
    throw new UsageError(`Cannot run: name one JSONL file, got ${positionals.length}; see --help`)
  if (!(timeoutSeconds > 0)) throw new UsageError(`Cannot use --timeout "${values.timeout}": not more than 0`)
  if (!Number.isInteger(jobs) || jobs < 1 || jobs > 256)
    throw new UsageError(`Cannot use --jobs "${values.jobs}": not a whole number from 1 to 256`)
  return { ...options, timeoutSeconds, jobs }
}

/** @param {readonly string[]} args */
function parse(args) {
  try {
    return parseArgs({
      args: [...args],
      allowPositionals: true,
      options: {
        timeout: { type: 'string' },
        cpython: { type: 'string' },
        jobs: { type: 'string' },
        json: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    })
  } catch (error) {
    throw new UsageError(`Cannot run: ${error instanceof Error ? error.message : error}`)
  }
}

/** @param {ReturnType<typeof readOptions>} options */
async function cpython({ cpython: folder = '', only, json, timeoutSeconds }) {
  const { runCpython } = await import('./cpython/main.mjs')
  return await runCpython({ folder, only, json, timeoutSeconds })
}

/** @param {ReturnType<typeof readOptions>} options */
async function main({ file, json, jobs, timeoutSeconds }) {
  const cases = readCases(file)
  const { PyodideSandbox } = await import('../packages/sandbox/build/sandbox/index.js').catch((cause) => {
    throw new Error('Cannot load the library: build it first with "npm run build"', { cause })
  })
  const sandbox = new PyodideSandbox({ timeoutSeconds, pool: { min: jobs, max: jobs } })
  const started = performance.now()
  /** @type {Failure[]} */
  const failures = []
  try {
    await sandbox.start()
    const queue = cases.values()
    const lanes = Array.from({ length: jobs }, async () => {
      for (const each of queue) {
        const failure = await run(sandbox, each)
        if (failure === null) continue
        failures.push(failure)
        if (!json) console.log(describe(failure))
      }
    })
    await Promise.all(lanes)
  } finally {
    await sandbox.close()
  }
  const seconds = (performance.now() - started) / 1000
  const counts = { passed: cases.length - failures.length, total: cases.length, seconds }
  if (json) console.log(JSON.stringify({ ...counts, failures }))
  else console.log(`${counts.passed} of ${counts.total} passed in ${seconds.toFixed(1)} s`)
  return failures.length === 0 ? 0 : 1
}

/**
 * @param {import('../packages/sandbox/build/sandbox/index.js').PyodideSandbox} sandbox
 * @param {Case} each
 * @returns {Promise<Failure | null>}
 */
async function run(sandbox, { id, program }) {
  try {
    const { error } = await sandbox.execute(program)
    if (error === null) return null
    const { kind, name, message, line, traceback } = error
    return { id, kind, message: message === '' ? name : `${name}: ${message}`, line, traceback }
  } catch (error) {
    // Ours, not the program's.
    return { id, kind: error.code ?? 'thrown', message: error.message, line: null, traceback: '' }
  }
}

/** @param {Failure} failure */
function describe({ id, kind, message, line, traceback }) {
  const last = traceback.trimEnd().split('\n').at(-1) || message
  return `${id}: ${kind}${line === null ? '' : `, line ${line}`}: ${last}`
}

/**
 * @param {string} file
 * @returns {Case[]}
 * @throws UsageError with the number of the line that is malformed
 */
function readCases(file) {
  const cases = readText(file)
    .split('\n')
    .flatMap((line, index) => (line.trim() === '' ? [] : [readCase(line, `"${file}", line ${index + 1}`)]))
  if (cases.length === 0) throw new UsageError(`Cannot run "${file}": there is no program in it`)
  return cases
}

/** @param {string} file */
function readText(file) {
  try {
    return readFileSync(file, 'utf8').replace(/^\ufeff/, '')
  } catch (error) {
    throw new UsageError(`Cannot read "${file}": ${error.message}`)
  }
}

/**
 * @param {string} line
 * @param {string} place
 * @returns {Case}
 */
function readCase(line, place) {
  let value
  try {
    value = JSON.parse(line)
  } catch (error) {
    throw new UsageError(`Cannot read ${place}: not JSON (${error.message})`)
  }
  if (typeof value !== 'object' || value === null || Array.isArray(value))
    throw new UsageError(`Cannot read ${place}: not an object`)
  for (const key of ['id', 'program']) {
    if (typeof value[key] !== 'string') throw new UsageError(`Cannot read ${place}: no string "${key}"`)
  }
  return { id: value.id, program: value.program }
}
