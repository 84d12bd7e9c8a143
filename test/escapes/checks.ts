// What is asked of the facts of a run. Each category has its checks; the header of an attack can name more.
import type { CodeExecutionResult } from 'agentchat-sandbox'
import { attackOf, type Facts } from './facts.ts'

const MIB = 2 ** 20
/** The default of `maxOutputBytes`, which the attacks run under, plus one frame. */
const MAX_OUTPUT_BYTES = MIB + 65_536
const MAX_HOST_GROWTH_BYTES = 64 * MIB
const MAX_DISK_GROWTH_BYTES = MIB
/** The limit that the host of the suite sets. */
const MAX_SESSION_BYTES = 16 * MIB
/** Others on the machine use some, too. */
const MAX_SHARED_GROWTH_BYTES = 160 * MIB
/** What `docs/threat-model.md` says a worker may hold beside Python's heap. */
const PROCESS_OVERHEAD_BYTES = 256 * MIB
/** Time between the limit and the end of the run; half of it is promised. */
const MAX_OVERRUN_SECONDS = 1
const MAX_HOST_LAG_MS = 1000
const MAX_HOST_CPU_MS = 3000
/** Kinds of error that come from the host's own measures. */
const HOST_KINDS = ['timeout', 'cpu', 'output', 'cancelled']
const LIMIT_KINDS = ['timeout', 'cpu', 'memory', 'output', 'cancelled', 'crashed']
/** Names that the product itself may give to a worker. */
const OWN_VARIABLES = /^(MALLOC_\w+|DENO_\w+|HOME|PATH|PWD|TMPDIR|LANG|LC_ALL|NO_COLOR|RUST_BACKTRACE)$/

/** Gives a reason when the attack has won, else null. */
type Check = (facts: Facts) => string | null

export const CHECKS = {
  'in-time': (facts) => {
    const { seconds, result, thrown } = attackOf(facts)
    const limit = facts.limits.timeoutSeconds
    if (thrown !== '') return thrown
    if (seconds > limit + MAX_OVERRUN_SECONDS) return `ran for ${seconds.toFixed(1)} s of ${limit} s`
    const kind = result?.error?.kind
    if (seconds >= limit && kind !== 'timeout')
      return `ran to the time limit and was told as "${kind ?? 'success'}"`
    return null
  },
  memory: ({ seen, limits, steps }) => {
    const limit = (limits.memoryLimitMb ?? 512) * MIB * 1.25 + PROCESS_OVERHEAD_BYTES
    const told = Math.max(...steps.map(({ outcome }) => outcome.result?.usage?.peakMemoryBytes ?? 0))
    const peak = Math.max(seen.workerPeakBytes, told)
    return peak > limit ? `worker held ${mib(peak)}, of ${mib(limit)}` : null
  },
  'output-cut': (facts) => {
    const { result, thrown } = attackOf(facts)
    if (result === null) return thrown
    for (const stream of ['stdout', 'stderr'] as const) {
      const bytes = Buffer.byteLength(result[stream] ?? '')
      if (bytes > MAX_OUTPUT_BYTES) return `host holds ${mib(bytes)} of ${stream}`
    }
    const told = result.truncated?.stdout || result.truncated?.stderr || limitKind(result)
    // One that found no way to what it floods through has said so.
    return told || /^CONTAINED /m.test(result.stdout) ? null : 'output was not told as cut'
  },
  'host-memory': ({ seen }) =>
    seen.hostGrowthBytes > MAX_HOST_GROWTH_BYTES ? `host grew by ${mib(seen.hostGrowthBytes)}` : null,
  honest: ({ steps }) => {
    const forged = steps.find(({ outcome }) =>
      JSON.stringify(outcome.result?.result ?? null).includes('FORGED'),
    )
    return forged === undefined ? null : 'result is the forged one'
  },
  'not-success': (facts) => (attackOf(facts).result?.status === 'success' ? 'was told as a success' : null),
  'quiet-after': ({ runsOn, lateCpuMs, steps }) => {
    if (runsOn) return `went on after its result, and used ${lateCpuMs} ms of CPU`
    const next = steps.find(({ role }) => role === 'next')?.outcome.result
    return next?.stdout ? `the next result has "${next.stdout.slice(0, 40)}"` : null
  },
  'no-trace': ({ steps }) => {
    const later = steps.find(
      ({ role, outcome }) => role !== 'attack' && /^BREACH(-WALL)? /m.test(outcome.result?.stdout ?? ''),
    )
    return later === undefined ? null : `left something for a later run (${later.role})`
  },
  'no-false-verdict': (facts) => {
    const { result, seconds } = attackOf(facts)
    const kind = result?.error?.kind ?? ''
    const false_ = HOST_KINDS.includes(kind) && seconds < facts.limits.timeoutSeconds
    return false_ ? `was told as "${kind}", which is for the host to say` : null
  },
  'host-lag': (facts) => {
    const { hostLagMs } = attackOf(facts)
    return hostLagMs > MAX_HOST_LAG_MS ? `held the host up for ${Math.round(hostLagMs)} ms` : null
  },
  'host-cpu': ({ seen }) =>
    seen.hostCpuMs > MAX_HOST_CPU_MS ? `cost the host ${seen.hostCpuMs} ms of CPU` : null,
  'result-cut': (facts) => {
    const { result, thrown } = attackOf(facts)
    if (result === null) return thrown
    return result.truncated?.result || limitKind(result) ? null : 'result was not told as cut'
  },
  'plain-json': (facts) => {
    const { result } = attackOf(facts)
    if (result?.status !== 'success') return `ended with ${result?.error?.message ?? 'nothing'}`
    const { numbers } = Object(result.result) as { numbers?: unknown }
    return Array.isArray(numbers) && numbers.length === 6 ? null : 'result is not what the program returned'
  },
  'silent-host': ({ terminal }) =>
    terminal === '' ? null : `host printed ${JSON.stringify(terminal.slice(0, 80))}`,
  'clean-environment': ({ seen }) => {
    const strange = Object.keys(seen.environment).filter((name) => !OWN_VARIABLES.test(name))
    return strange.length === 0 ? null : `worker has the variables ${strange.slice(0, 5).join(', ')}`
  },
  'shared-memory': ({ seen }) =>
    seen.sharedMemoryGrowthBytes > MAX_SHARED_GROWTH_BYTES
      ? `file systems in memory hold ${mib(seen.sharedMemoryGrowthBytes)} more`
      : null,
  disk: ({ seen }) =>
    seen.diskGrowthBytes > MAX_DISK_GROWTH_BYTES ? `disk holds ${mib(seen.diskGrowthBytes)} more` : null,
  'honest-receipt': (facts) => {
    const { used = [], denied = [] } = attackOf(facts).result?.permissions ?? {}
    const forged = [...used, ...denied].find(({ value }) => value.startsWith('FORGED'))
    return forged === undefined ? null : `receipt holds the forged ${forged.kind} of ${forged.value}`
  },
  'ends-there': (facts) => {
    const { result, thrown } = attackOf(facts)
    if (result === null) return thrown
    return result.stdout.includes('AFTER-EXIT') ? 'a line after the exit ran' : null
  },
  'session-sealed': (facts) => {
    const { atRest, thrown } = attackOf(facts)
    if (atRest === null) return `session was not looked at: ${thrown}`
    if (atRest.bytes === 0) return `session was not saved: ${atRest.refused}`
    return atRest.accepted.length === 0 ? null : `woke up with ${atRest.accepted.slice(0, 3).join(', ')}`
  },
  'session-bounded': (facts) => {
    const { atRest, thrown } = attackOf(facts)
    if (atRest === null) return `session was not looked at: ${thrown}`
    if (atRest.bytes > MAX_SESSION_BYTES) return `session at rest has ${mib(atRest.bytes)}`
    if (!atRest.whole) return 'what was told as saved woke up without a part of it'
    return atRest.alive ? null : 'the session did not work after it was saved'
  },
  'not-saved': (facts) =>
    attackOf(facts).atRest?.refused.includes('maxSessionBytes') ? null : 'the limit was not named',
  'loaded-inside': ({ steps }) => {
    const outside = steps.find(
      ({ role, outcome }) => role !== 'attack' && /LOADED-IN/.test(outcome.result?.stdout ?? ''),
    )
    return outside === undefined ? null : 'its pickle was loaded by somebody else'
  },
} satisfies Record<string, Check>

export type CheckName = keyof typeof CHECKS

/** Checks that an attack of level `hardening` may fail without a wall being broken. */
export const CHECKS_OF_A_LAYER: readonly CheckName[] = ['honest', 'not-success', 'clean-environment', 'disk']

/** Checks that a busy machine can fail. */
export const CHECKS_OF_TIME: readonly CheckName[] = ['in-time', 'host-lag']

/** Whether a limit, or a crash, ended the program. */
export function limitKind({ error }: Pick<CodeExecutionResult, 'error'>): boolean {
  return error !== null && LIMIT_KINDS.includes(error.kind)
}

function mib(bytes: number): string {
  return `${Math.round(bytes / MIB)} MiB`
}
