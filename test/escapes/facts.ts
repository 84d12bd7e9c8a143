// What is known of the run of one attack, once it is over.
import type { Outcome } from './host/outcome.ts'
import type { Seen } from './watch.ts'

/**
 * What a program of a run is there for. `again`: the attack once more, in the same pool; `elsewhere`: once more, in a pool of
 * its own; `before`, `next`: what another caller runs.
 */
export type Role = 'attack' | 'again' | 'elsewhere' | 'before' | 'next'

/** Under which limits the attack ran. */
export interface Limits {
  readonly timeoutSeconds: number
  /** The default of the product where it is undefined. */
  readonly memoryLimitMb: number | undefined
}

export interface Facts {
  readonly steps: { readonly role: Role; readonly outcome: Outcome }[]
  readonly limits: Limits
  seen: Seen
  /** Beyond those that the pool may keep. */
  workersLeft: number
  childrenLeft: string[]
  /** The worker, or what it started, went on after the result. */
  runsOn: boolean
  /** CPU time that was used after the result. */
  lateCpuMs: number
  /** What the canaries say. */
  damage: readonly string[]
  /** A token is in something that came out. */
  leaked: boolean
  /** What the host printed. */
  terminal: string
  /** Prototypes of the host changed. */
  polluted: boolean
  /** Why the host is gone, or empty. */
  lost: string
}

/** What is known before anything has run. */
export function emptyFacts(limits: Limits): Facts {
  return {
    steps: [],
    limits,
    seen: {
      hostGrowthBytes: 0,
      hostCpuMs: 0,
      sharedMemoryGrowthBytes: 0,
      workerPeakBytes: 0,
      children: [],
      environment: {},
      sharedNamespaces: [],
      diskGrowthBytes: 0,
    },
    workersLeft: 0,
    childrenLeft: [],
    runsOn: false,
    lateCpuMs: 0,
    damage: [],
    leaked: false,
    terminal: '',
    polluted: false,
    lost: '',
  }
}

/** What came of the attack itself. */
export function attackOf({ steps }: Pick<Facts, 'steps'>): Outcome {
  const step = steps.find(({ role }) => role === 'attack')
  return step?.outcome ?? { ...NO_OUTCOME, thrown: 'no answer' }
}

const NO_OUTCOME: Outcome = {
  result: null,
  thrown: '',
  seconds: 0,
  finished: 0,
  raw: '',
  atRest: null,
  hostLagMs: 0,
}
