// What is particular to each category of attacks: its limits, what is run beside it, what is asked of its facts, and which
// targets it is no question for.
import type { CheckName } from './checks.ts'

export interface Category {
  /** Time limit of the attack in seconds. */
  readonly timeoutSeconds: number
  /** The same where the suite runs quickly, as it does with all other tests. */
  readonly quickTimeoutSeconds: number
  /** The default of the product where it is undefined. */
  readonly memoryLimitMb: number | undefined
  /** Whether the worker is watched for a while after the result. */
  readonly settles: boolean
  /** Whether the attack is run once more, to find what its first run left. */
  readonly repeats: boolean
  /** Whether another caller runs something afterwards, because that caller is what the attack may harm. */
  readonly harmsNext: boolean
  /** What is asked of the facts of the run, beside what the header of the attack names. */
  readonly checks: readonly CheckName[]
  /** Whether a wall alone can be asked: limits, results and layers inside the process are none of its promises. */
  readonly asksWalls: boolean
  /** Whether it is about what the product hides from Python, which the first wall alone does not do. */
  readonly aboutHiding: boolean
}

/** What touches the host, and is judged by what happened there. */
const ORDINARY: Category = {
  timeoutSeconds: 20,
  quickTimeoutSeconds: 20,
  memoryLimitMb: undefined,
  settles: false,
  repeats: false,
  harmsNext: false,
  checks: [],
  asksWalls: true,
  aboutHiding: false,
}

/** Every category that an attack can name. */
export const CATEGORIES = {
  cpu: {
    ...ORDINARY,
    timeoutSeconds: 3,
    quickTimeoutSeconds: 1,
    harmsNext: true,
    checks: ['in-time'],
    asksWalls: false,
  },
  'deno-api': ORDINARY,
  env: ORDINARY,
  ffi: ORDINARY,
  'host-file-read': ORDINARY,
  'host-file-write': ORDINARY,
  'js-bridge': { ...ORDINARY, asksWalls: false, aboutHiding: true },
  'js-prototype': ORDINARY,
  memory: {
    ...ORDINARY,
    // Programs that stop by themselves do so at 3 GiB: a limit well below shows whether it holds.
    memoryLimitMb: 128,
    harmsNext: true,
    checks: ['in-time', 'memory'],
    asksWalls: false,
  },
  network: ORDINARY,
  'node-builtin': ORDINARY,
  'output-flood': {
    ...ORDINARY,
    timeoutSeconds: 10,
    quickTimeoutSeconds: 3,
    harmsNext: true,
    checks: ['in-time', 'output-cut', 'host-memory', 'memory'],
    asksWalls: false,
  },
  persistence: { ...ORDINARY, repeats: true, checks: ['no-trace'] },
  proc: ORDINARY,
  'protocol-forgery': {
    ...ORDINARY,
    harmsNext: true,
    checks: ['in-time', 'honest', 'host-memory'],
    asksWalls: false,
  },
  'python-escape': { ...ORDINARY, harmsNext: true },
  receipt: {
    ...ORDINARY,
    harmsNext: true,
    checks: ['in-time', 'host-memory', 'host-lag', 'host-cpu'],
    asksWalls: false,
  },
  recursion: { ...ORDINARY, harmsNext: true, checks: ['in-time'], asksWalls: false },
  'result-forgery': {
    ...ORDINARY,
    timeoutSeconds: 5,
    quickTimeoutSeconds: 3,
    harmsNext: true,
    checks: ['in-time', 'host-memory'],
    asksWalls: false,
  },
  'session-tampering': { ...ORDINARY, harmsNext: true },
  subprocess: ORDINARY,
  'terminal-injection': { ...ORDINARY, checks: ['silent-host'], asksWalls: false },
  'tool-shadowing': { ...ORDINARY, harmsNext: true, checks: ['honest'], asksWalls: false },
  'worker-timer': { ...ORDINARY, settles: true, harmsNext: true, checks: ['quiet-after', 'memory'] },
} as const satisfies Record<string, Category>

export type CategoryName = keyof typeof CATEGORIES

export function isCategory(name: string): name is CategoryName {
  return Object.hasOwn(CATEGORIES, name)
}

/** What holds for attacks of this category, without the literal types of its row. */
export function categoryOf(name: CategoryName): Category {
  return CATEGORIES[name]
}
