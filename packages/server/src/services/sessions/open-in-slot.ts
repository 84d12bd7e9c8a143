import type { SandboxSession } from 'agentchat-sandbox'
import type { SandboxSet } from '../sandbox-set.ts'
import type { Rights } from '../users/rights.ts'
import type { CountedSessionStore } from './counted-session-store.ts'
import type { SessionToOpen } from './session-to-open.ts'

/** Sessions go to rest by our clock, not by that of the library, which keeps them open. */
export const NEVER_SECONDS = 86_400

/** An open session, and what ends it with all that belongs to it. */
export interface Opened {
  readonly session: SandboxSession
  end(): Promise<void>
}

/** What opening a session works with. */
export interface OpeningMeans {
  readonly sandboxes: SandboxSet
  readonly store: CountedSessionStore
  readonly rights: Rights
  /** Has the database know what was saved of a session. */
  note(id: string): Promise<void>
}

/** Opens a session that has a slot. `rest` puts it to rest when the right to it ends, `free` gives the slot back at its end. */
export async function openInSlot(
  { store, sandboxes, note, rights }: OpeningMeans,
  { id, holders, permissions, bytes, owner, ...rest }: SessionToOpen,
  slot: { readonly rest: (id: string) => void; readonly free: () => void },
): Promise<Opened> {
  const held = sandboxes.hold(permissions)
  store.account(id, bytes, holders)
  const right = rights.hold({ ...owner, end: () => slot.rest(id) })
  const letGo = () => {
    right[Symbol.dispose]()
    store.forget(id)
    held[Symbol.dispose]()
  }
  try {
    const session = held.sandbox.session({
      ...{ id, owner: rest.sealedFor, minSequence: rest.sequence, idleSeconds: NEVER_SECONDS },
      open: rest.sequence > 0 ? 'existing' : 'either',
    })
    const end = async () => {
      await session.close()
      await note(id)
      letGo()
      slot.free()
    }
    await session.start()
    return { session, end }
  } catch (error) {
    letGo()
    throw error
  }
}
