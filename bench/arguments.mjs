import { parseArgs } from 'node:util'

/**
 * What the bench is asked to do.
 * @typedef {{ quick: boolean, only: readonly string[], help: boolean, json: boolean }} BenchArguments
 */

/**
 * @param {readonly string[]} argv
 * @param {readonly string[]} names that `--only` may take
 * @returns {BenchArguments}
 * @throws Error that says what is wrong
 */
export function parseBenchArguments(argv, names) {
  const { values } = parseArgs({
    args: [...argv],
    options: {
      quick: { type: 'boolean', default: false },
      only: { type: 'string', multiple: true, default: [] },
      json: { type: 'boolean', default: false },
      help: { type: 'boolean', short: 'h', default: false },
    },
  })
  const only = values.only.flatMap((text) => text.split(',')).filter((name) => name !== '')
  const unknown = only.find((name) => !names.includes(name))
  if (unknown !== undefined)
    throw new Error(`Cannot measure "${unknown}": there is no such figure, only ${names.join(', ')}`)
  return { quick: values.quick, only, json: values.json, help: values.help }
}

/** @param {readonly string[]} names */
export const helpText = (names) => `Usage: npm run bench -- [options]

Measures the sandbox against the naive way (a new Deno process that calls loadPyodide()), taking turns,
prints a table and writes bench/results/latest.json. Nothing else should run on the machine.

Options:
  --quick        fewer samples; leaves out what takes minutes (cpu-bound, thousand, console,
                 service-soak, service-grown, hostile)
  --only <name>  only this figure; may be given several times or as a list with commas
                 (${names.join(', ')})
  --json         print the JSON instead of the table
  -h, --help     this text`
