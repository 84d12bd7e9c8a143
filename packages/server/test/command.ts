import { fileURLToPath } from 'node:url'
import {
  type Outcome,
  type Running,
  type Surroundings,
  start as startIt,
} from '../../sandbox/test/command.ts'

export { type Running, scratchFolder } from '../../sandbox/test/command.ts'

/** The program of the command, as it is built. */
export const MAIN = fileURLToPath(new URL('../dist/cli/main.js', import.meta.url))

/** Starts the built command. */
export function start(args: readonly string[], surroundings: Surroundings = {}): Running {
  return startIt(args, { ...surroundings, main: MAIN })
}

/** Runs the built command to its end. */
export function command(args: readonly string[], surroundings?: Surroundings): Promise<Outcome> {
  return start(args, surroundings).outcome
}
