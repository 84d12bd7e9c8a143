// What the attacks are run against: the product, the control, and each wall alone.
import type { Attack } from './cases.ts'
import { categoryOf } from './categories.ts'
import type { HostSettings } from './host/outcome.ts'
import type { Wall } from './judge.ts'
import { behindBubblewrap, unprotected } from './naive.ts'
import type { Workplace } from './workplace.ts'

const NO_SESSIONS = 'the naive runner has no sessions'

export type TargetName = 'naive' | 'deno-wall' | 'os-wall' | 'product'

export interface Target {
  readonly name: TargetName
  /** In one line. */
  readonly what: string
  readonly wall: Wall
  /** A naive runner behind one wall. */
  readonly bare: boolean
  /** Why it is not asked this, or null. */
  passes(attack: Attack): string | null
  /** Settings of its host; a text says why it is not there. */
  settings(workplace: Workplace): HostSettings | string
}

export const TARGETS: readonly Target[] = [
  {
    name: 'naive',
    what: 'a new "deno run -A" with plain loadPyodide for each program: the control, which must break',
    wall: { claims: true, ownChildren: false, limits: true, namespaces: false, layers: true },
    bare: true,
    passes: ({ needs }) => (needs === 'session' ? NO_SESSIONS : null),
    settings: unprotected,
  },
  {
    name: 'deno-wall',
    what: 'the product with isolation "deno" and without what it hides from Python: Deno and the limits of the host',
    wall: { claims: true, ownChildren: false, limits: true, namespaces: false, layers: false },
    bare: false,
    passes: passedByDeno,
    settings: ({ unhardenedLibrary }) => ({
      kind: 'product',
      library: unhardenedLibrary,
      options: { isolation: 'deno' },
    }),
  },
  {
    name: 'os-wall',
    what: 'the naive runner with "deno run -A" inside exactly the bubblewrap that the product puts up',
    wall: { claims: false, ownChildren: true, limits: false, namespaces: true, layers: false },
    bare: true,
    passes: passedByBareWall,
    settings: behindBubblewrap,
  },
  {
    name: 'product',
    what: 'the product as it comes: every wall that stands on this machine',
    wall: { claims: true, ownChildren: false, limits: true, namespaces: false, layers: true },
    bare: false,
    passes: () => null,
    settings: ({ library }) => ({ kind: 'product', library, options: {} }),
  },
]

function passedByDeno({ category, needs }: Attack): string | null {
  // Said in docs/threat-model.md.
  if (needs === 'files-with-link') return 'Deno follows links that the owner left in a granted folder'
  return categoryOf(category).aboutHiding ? 'about a layer inside the process' : null
}

function passedByBareWall({ category, level, needs }: Attack): string | null {
  if (needs === 'session') return NO_SESSIONS
  if (!categoryOf(category).asksWalls) return 'not a matter of a wall'
  if (level === 'hardening') return 'about a layer inside the process'
  return /^(net-allow|files)/.test(needs) ? 'a grant is made by the product' : null
}
