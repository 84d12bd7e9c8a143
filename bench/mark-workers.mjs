import childProcess from 'node:child_process'
import { syncBuiltinESMExports } from 'node:module'
import { fileURLToPath } from 'node:url'

const BENCH = fileURLToPath(new URL('.', import.meta.url))
const BUILD = fileURLToPath(new URL('../packages/sandbox/build', import.meta.url))
const PROGRAM = 'profile-worker.mjs'
const RUNNER = /\/runner\/main\.js$/

/**
 * From now on every worker that this process spawns leaves marks while it starts, and has these flags of V8 too. The
 * library is as it is: what it spawns is changed on the way.
 * @param {string} v8Flags
 * @returns {number[]} grows by the time of each spawn
 */
export function markWorkers(v8Flags) {
  const launches = []
  const { spawn } = childProcess
  childProcess.spawn = (path, args, options) => {
    if (!args.some((each) => RUNNER.test(each))) return spawn(path, args, options)
    launches.push(performance.timeOrigin + performance.now())
    return spawn(path, withMarks(args, v8Flags), options)
  }
  syncBuiltinESMExports()
  return launches
}

/**
 * Behind the second wall the program and the runner are mounted where they find each other as they do here.
 * @param {readonly string[]} launch
 * @param {string} v8Flags
 */
function withMarks(launch, v8Flags) {
  const rootEnd = launch.indexOf('--remount-ro')
  const program = rootEnd < 0 ? `${BENCH}${PROGRAM}` : `/app/bench/${PROGRAM}`
  const mounts =
    rootEnd < 0 ? [] : ['--ro-bind', BENCH, '/app/bench', '--ro-bind', BUILD, '/app/packages/sandbox/build']
  return launch.flatMap((each, index) => {
    if (index === rootEnd) return [...mounts, each]
    if (RUNNER.test(each)) return [program]
    return each.startsWith('--v8-flags=') && v8Flags !== '' ? [`${each},${v8Flags}`] : [each]
  })
}
