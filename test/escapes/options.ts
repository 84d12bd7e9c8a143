import { parseArgs } from 'node:util'
import { TARGETS } from './targets.ts'

export const HELP = `Usage: npm run escapes -- [options]

Runs every attack of test/escapes/cases against the product, against each of its walls alone, and against a naive runner
that must be broken. Only loopback is used. All of it takes some ten minutes on two cores.

Options:
  --only <id|category>  these attacks only
  --target <name>       this target only; may be repeated:
${TARGETS.map(({ name, what }) => `                          ${name.padEnd(10)} ${what}`).join('\n')}
  --quick               shorter limits, as in the test suite
  --json <file>         write every verdict with its reasons
  -h, --help            this text

Exit code: 0 all contained and the control broken, 1 a breach or a control that holds, 2 wrong usage, 70 cannot run.`

/** What the caller did wrong: no stack trace helps. */
export class UsageError extends Error {}

export interface Options {
  /** An id or a category. */
  readonly only: string | undefined
  /** Names of targets. */
  readonly targets: readonly string[]
  /** A file for every verdict. */
  readonly json: string | undefined
  readonly quick: boolean
  readonly help: boolean
}

/** @throws UsageError */
export function readOptions(args: readonly string[]): Options {
  const { only, target, json, quick, help } = parse(args)
  const names: readonly string[] = TARGETS.map(({ name }) => name)
  for (const name of target ?? []) {
    if (!names.includes(name))
      throw new UsageError(`Cannot use --target "${name}": the targets are ${names.join(', ')}`)
  }
  return { only, targets: target ?? names, json, quick, help }
}

function parse(args: readonly string[]) {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        only: { type: 'string' },
        target: { type: 'string', multiple: true },
        json: { type: 'string' },
        quick: { type: 'boolean', default: false },
        help: { type: 'boolean', short: 'h', default: false },
      },
    })
    return values
  } catch (error) {
    throw new UsageError(`Cannot run: ${error instanceof Error ? error.message : error}`)
  }
}
