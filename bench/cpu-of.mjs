import { spawnSync } from 'node:child_process'
import { hasProc, readStat } from './proc.mjs'
import { runToEnd } from './run-to-end.mjs'

/**
 * A process name space of its own: processes that lose their parent stay in it, and their CPU time is counted when it
 * ends. Workers behind bubblewrap lose theirs when they are killed.
 */
const NAME_SPACE = ['--user', '--map-root-user', '--fork', '--pid', '--mount-proc', '--kill-child']

/** Why CPU time cannot be counted here, or null. */
export function cpuTimeProblem() {
  if (!hasProc) return `cannot be measured on ${process.platform}: it has no /proc`
  const { status } = spawnSync('unshare', [...NAME_SPACE, 'true'])
  return status === 0 ? null : 'cannot be measured: unshare(1) is not there, or may not make name spaces'
}

/**
 * CPU time of a command and of every process that it starts, no matter which process waits for them.
 * @param {string} path
 * @param {readonly string[]} args
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {Promise<number>} seconds
 */
export async function cpuSecondsOf(path, args, env) {
  const before = readStat('self')?.reapedSeconds ?? Number.NaN
  // The shell waits for orphans too; without the exit it would be replaced by the command.
  await runToEnd('unshare', [...NAME_SPACE, '/bin/sh', '-c', '"$@"; exit $?', 'sh', path, ...args], env)
  return (readStat('self')?.reapedSeconds ?? Number.NaN) - before
}
