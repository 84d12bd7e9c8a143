import type { SandboxSession } from 'agentchat-sandbox'
import type { Metrics } from '../metrics/metrics.ts'
import type { SandboxSet } from '../sandbox-set.ts'
import type { Rights } from '../users/rights.ts'
import type { CountedStore } from './counted-store.ts'
import type { Opening } from './opening.ts'

/** Sessions go to rest by our clock, not by that of the library, which keeps them open. */
export const NEVER_SECONDS = 86_400

/** An open session, and what ends it with all that belongs to it. */
export interface Opened {
  readonly session: SandboxSession
  end(): Promise<void>
}

/** How far a session can be rewound: so many steps, as long as these bytes beside what it is now hold them. */
export const CHECKPOINTS = { max: 20, maxBytes: 32 * 2 ** 20 }

/** What opening a session works with. */
export interface OpeningMeans {
  readonly sandboxes: SandboxSet
  readonly store: CountedStore
  readonly rights: Rights
  readonly metrics: Metrics
  /** Those that are open, by their identifiers. */
  readonly live: Map<string, SandboxSession>
  /** Has the database know what was saved of a session. */
  note(id: string): Promise<void>
}

/** Opens a session that has a slot. `rest` puts it to rest when the right to it ends, `free` gives the slot back at its end. */
export async function openInSlot(
  { store, sandboxes, note, rights, live, metrics }: OpeningMeans,
  { id, holders, permissions, bytes, owner, ...rest }: Opening,
  slot: { readonly rest: (id: string) => void; readonly free: () => void },
): Promise<Opened> {
  const held = sandboxes.hold(permissions)
  store.account(id, bytes, holders)
  const right = rights.hold({ ...owner, end: () => slot.rest(id) })
  const letGo = () => {
    right[Symbol.dispose]()
    live.delete(id)
    store.forget(id)
    held[Symbol.dispose]()
  }
  try {
    const session = held.sandbox.session({
      ...{ id, owner: rest.sealedFor, minSequence: rest.sequence, idleSeconds: NEVER_SECONDS },
      checkpoints: CHECKPOINTS,
      open: rest.sequence > 0 ? 'existing' : 'either',
    })
    const end = async () => {
      await session.close()
      await note(id)
      letGo()
      slot.free()
    }
    const asked = performance.now()
    await session.start()
    const from = rest.sequence > 0 ? 'rest' : 'new'
    metrics.observe('session_wake_seconds', { from }, (performance.now() - asked) / 1000)
    live.set(id, session)
    return { session, end }
  } catch (error) {
    letGo()
    throw error
  }
}
