// Tries to go on from sessions at rest that are not what was saved: changed, cut, of another session, owner or key.
import { randomBytes } from 'node:crypto'
import type { PyodideSandbox, SandboxOptions, SandboxSession } from 'agentchat-sandbox'
import type { AtRest } from './outcome.ts'

/** Bytes of a session that are changed, one at a time, spread over all of it. */
const FLIPS = 48
const CUTS = 12
const OWNER = 'tenant-a'

type Saved = Awaited<ReturnType<SandboxSession['save']>>
/** What a session is opened from: what was saved, or a change of it. */
type From = Saved & { readonly owner?: string | null; readonly minSequence?: number }

const NAMES = "sorted(name for name in globals() if name[0] != '_')"

/**
 * Saves the session that an attack ran in, wakes it up, and tries every change that somebody who holds the bytes can make.
 * @param options of the sandbox
 */
export async function lookAtRest(
  session: SandboxSession,
  Sandbox: typeof PyodideSandbox,
  options: SandboxOptions,
): Promise<AtRest> {
  const names = await resultOf(session, NAMES)
  let saved: Saved | null = null
  let refused = ''
  try {
    saved = await session.save()
  } catch (error) {
    refused = String(error)
  }
  const alive = (await resultOf(session, '40+2')) === 42
  if (saved === null) return { bytes: 0, refused, alive, whole: true, accepted: [] }
  const sandbox = new Sandbox({ ...options, pool: { min: 0, max: 2 } })
  const stranger = new Sandbox({ ...options, pool: { min: 0, max: 2 }, sessionKey: randomBytes(32) })
  try {
    const woken = sandbox.session({ ...saved, owner: OWNER })
    const whole = JSON.stringify(await resultOf(woken, NAMES)) === JSON.stringify(names)
    await woken.close()
    const accepted: string[] = []
    for await (const [change, from] of changes(saved, session, stranger))
      if (await wakes(sandbox, from)) accepted.push(change)
    return { bytes: saved.sessionBytes.length, refused, alive, whole, accepted }
  } finally {
    await Promise.all([sandbox.close(), stranger.close()])
  }
}

/** @param stranger has another key */
async function* changes(
  saved: Saved,
  session: SandboxSession,
  stranger: PyodideSandbox,
): AsyncGenerator<[change: string, from: From]> {
  const { sessionBytes, sessionMetadata } = saved
  const own = { sessionMetadata, owner: OWNER }
  for (let count = 0; count < FLIPS; count++) {
    const at = Math.floor(((count + 0.5) * sessionBytes.length) / FLIPS)
    const flipped = sessionBytes.slice()
    flipped[at] = (flipped[at] ?? 0) ^ (1 << (count % 8))
    yield [`bit ${count % 8} of byte ${at} flipped`, { ...own, sessionBytes: flipped }]
  }
  for (let count = 0; count < CUTS; count++) {
    const length = Math.floor((count * sessionBytes.length) / CUTS)
    yield [`cut to ${length} bytes`, { ...own, sessionBytes: sessionBytes.subarray(0, length) }]
  }
  yield ['a byte added', { ...own, sessionBytes: Buffer.concat([sessionBytes, Buffer.from([0])]) }]
  yield ['another owner', { ...saved, owner: 'tenant-b' }]
  yield ['no owner', { ...saved, owner: null }]
  for (const [field, value] of Object.entries(sessionMetadata)) {
    const changed = { ...sessionMetadata, [field]: otherThan(value) }
    yield [`metadata "${field}" changed`, { sessionBytes, sessionMetadata: changed, owner: OWNER }]
  }
  await resultOf(session, 'later = 1')
  const later = await session.save()
  const { sequence } = later.sessionMetadata
  yield ['replayed where that is refused', { ...saved, owner: OWNER, minSequence: sequence }]
  yield ['bytes of a later save', { ...own, sessionBytes: later.sessionBytes }]
  yield ['metadata of a later save', { sessionBytes, sessionMetadata: later.sessionMetadata, owner: OWNER }]
  const forged = stranger.session({ owner: OWNER })
  await resultOf(forged, "session_secret = 'FORGED'")
  yield ['sealed with another key', { ...(await forged.save()), owner: OWNER }]
  await forged.close()
}

async function wakes(sandbox: PyodideSandbox, from: From): Promise<boolean> {
  try {
    const session = sandbox.session(from)
    await session.execute('1').finally(() => session.close())
    return true
  } catch {
    return false
  }
}

function otherThan(value: unknown): unknown {
  if (typeof value === 'number') return value + 1
  if (typeof value === 'string') return `${value.slice(0, -1)}${value.endsWith('0') ? '1' : '0'}`
  if (Array.isArray(value)) return [...value, 'added']
  if (typeof value === 'object' && value !== null) return { ...value, added: 1 }
  return value === null ? 'tenant-b' : null
}

async function resultOf(session: SandboxSession, code: string): Promise<unknown> {
  return (await session.execute(code)).result
}

/** The session of an attack, as its owner opens it. */
export const OWN_SESSION = { owner: OWNER }
