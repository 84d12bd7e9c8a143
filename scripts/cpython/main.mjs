// npm run conformance -- --cpython <Lib/test>: CPython's own tests in the product, and in plain Pyodide beside it.
import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { tmpdir } from 'node:os'
import { dirname, join, resolve } from 'node:path'
import { promisify } from 'node:util'
import { countsIn, filesOf, programOf, TESTS } from './files.mjs'

const MAX_BYTES = 64 * 2 ** 20

/**
 * Runs the tests and prints a line for each. Gives 1 when the product fails what plain Pyodide passes, else 0.
 * @param {{ folder: string, only: readonly string[], json: boolean, timeoutSeconds: number }} options
 */
export async function runCpython({ folder, only, json, timeoutSeconds }) {
  const { PyodideSandbox } = await import('../../packages/sandbox/build/sandbox/index.js')
  const sandbox = new PyodideSandbox({ timeoutSeconds, memoryLimitMb: 1024, pool: { min: 0, max: 1 } })
  const place = mkdtempSync(join(tmpdir(), 'cpython-'))
  const rows = []
  try {
    for (const test of only.length > 0 ? only : TESTS) {
      const files = filesOf(folder, test)
      if (files === null) {
        if (!json) console.log(`${test.padEnd(20)} is not in ${folder}`)
        continue
      }
      const row = {
        test,
        product: await inProduct(sandbox, test, files),
        plain: await inPlain(folder, place, test, files, timeoutSeconds),
      }
      const worse = row.product === null ? row.plain !== null : failedHereOnly(row.product, row.plain)
      rows.push({ ...row, worse })
      if (!json) console.log(describe(rows.at(-1)))
    }
  } finally {
    await sandbox.close()
    rmSync(place, { recursive: true, force: true })
  }
  const bad = rows.filter(({ worse }) => worse !== false && (worse === true || worse.length > 0))
  if (json) console.log(JSON.stringify(rows))
  else
    console.log(
      `${rows.length} files; failed here and passed by plain Pyodide: ${bad.length === 0 ? 'none' : bad.map(({ test }) => test).join(', ')}`,
    )
  return bad.length === 0 ? 0 : 1
}

/** The tests that fail here and do not fail in plain Pyodide. */
function failedHereOnly(product, plain) {
  if (plain === null) return []
  const there = new Set(plain.failed)
  return product.failed.filter((name) => !there.has(name))
}

async function inProduct(sandbox, test, files) {
  const { stdout } = await sandbox.execute(programOf(test), { files })
  return countsIn(stdout)
}

async function inPlain(folder, place, test, files, timeoutSeconds) {
  const require = createRequire(import.meta.url)
  const indexURL = dirname(require.resolve('pyodide/package.json'))
  const request = join(place, 'request.json')
  writeFileSync(
    request,
    JSON.stringify({
      indexURL,
      folder: resolve(folder),
      names: Object.keys(files),
      program: programOf(test),
    }),
  )
  const { findDeno } = await import('../../packages/sandbox/build/sandbox/host/deno-binary.js')
  const args = ['run', '--allow-read', '--no-config', join(import.meta.dirname, 'plain.mjs'), request]
  const options = { timeout: timeoutSeconds * 1000, maxBuffer: MAX_BYTES }
  const ended = await promisify(execFile)(findDeno().path, args, options).catch((error) => error)
  return countsIn(String(ended.stdout ?? ''))
}

function describe({ test, product, plain, worse }) {
  const count = (counts) =>
    counts === null
      ? 'did not end'
      : `${counts.run - counts.failed.length - counts.skipped} passed, ${counts.failed.length} failed, ${counts.skipped} skipped`
  const lines = [`${test.padEnd(20)} here: ${count(product)}; plain: ${count(plain)}`]
  for (const name of Array.isArray(worse) ? worse : [])
    lines.push(`  only here: ${name}: ${product.why[name] ?? ''}`)
  return lines.join('\n')
}
