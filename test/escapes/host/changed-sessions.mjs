// Tries to go on from sessions at rest that are not what was saved: changed, cut, of another session, owner or key.
import { randomBytes } from 'node:crypto'

/** Bytes of a session that are changed, one at a time, spread over all of it. */
const FLIPS = 48
const CUTS = 12
const OWNER = 'tenant-a'

/**
 * @typedef {object} AtRest
 * @property {number} bytes of the saved session; 0 when it was not saved
 * @property {string} refused why it was not saved, or empty
 * @property {boolean} alive the session works after that
 * @property {boolean} whole what was saved wakes up with all of its names
 * @property {string[]} accepted changes with which a session woke up all the same
 */

/**
 * @typedef {import('../../../packages/sandbox/build/sandbox/index.js').SandboxOptions} Options
 * @typedef {{ sessionBytes: Uint8Array, sessionMetadata: import('../../../packages/sandbox/build/sandbox/index.js').SessionMetadata }} Saved
 */

const NAMES = "sorted(name for name in globals() if name[0] != '_')"

/**
 * Saves the session that an attack ran in, wakes it up, and tries every change that somebody who holds the bytes can make.
 * @param {import('../../../packages/sandbox/build/sandbox/index.js').SandboxSession} session
 * @param {typeof import('../../../packages/sandbox/build/sandbox/index.js').PyodideSandbox} Sandbox
 * @param {Options} options of the sandbox
 * @returns {Promise<AtRest>}
 */
export async function lookAtRest(session, Sandbox, options) {
  const names = await resultOf(session, NAMES)
  /** @type {Saved | null} */
  let saved = null
  let refused = ''
  try {
    saved = await session.save()
  } catch (error) {
    refused = `${error.name}: ${error.message}`
  }
  const alive = (await resultOf(session, '40+2')) === 42
  if (saved === null) return { bytes: 0, refused, alive, whole: true, accepted: [] }
  const sandbox = new Sandbox({ ...options, pool: { min: 0, max: 2 } })
  const stranger = new Sandbox({ ...options, pool: { min: 0, max: 2 }, sessionKey: randomBytes(32) })
  try {
    const woken = sandbox.session({ ...saved, owner: OWNER })
    const whole = JSON.stringify(await resultOf(woken, NAMES)) === JSON.stringify(names)
    await woken.close()
    const accepted = []
    for await (const [change, from] of changes(saved, session, stranger))
      if (await wakes(sandbox, from)) accepted.push(change)
    return { bytes: saved.sessionBytes.length, refused, alive, whole, accepted }
  } finally {
    await Promise.all([sandbox.close(), stranger.close()])
  }
}

/**
 * @param {Saved} saved
 * @param {import('../../../packages/sandbox/build/sandbox/index.js').SandboxSession} session
 * @param {import('../../../packages/sandbox/build/sandbox/index.js').PyodideSandbox} stranger has another key
 * @returns {AsyncGenerator<[change: string, from: Saved & { owner?: string | null, minSequence?: number }]>}
 */
async function* changes(saved, session, stranger) {
  const { sessionBytes, sessionMetadata } = saved
  const own = { sessionMetadata, owner: OWNER }
  for (let count = 0; count < FLIPS; count++) {
    const at = Math.floor(((count + 0.5) * sessionBytes.length) / FLIPS)
    const flipped = sessionBytes.slice()
    flipped[at] ^= 1 << (count % 8)
    yield [`bit ${count % 8} of byte ${at} flipped`, { ...own, sessionBytes: flipped }]
  }
  for (let count = 0; count < CUTS; count++) {
    const length = Math.floor((count * sessionBytes.length) / CUTS)
    yield [`cut to ${length} bytes`, { ...own, sessionBytes: sessionBytes.subarray(0, length) }]
  }
  yield ['a byte added', { ...own, sessionBytes: Buffer.concat([sessionBytes, Buffer.from([0])]) }]
  yield ['another owner', { ...saved, owner: 'tenant-b' }]
  yield ['no owner', { ...saved, owner: null }]
  for (const field of Object.keys(sessionMetadata)) {
    const changed = { ...sessionMetadata, [field]: otherThan(sessionMetadata[field]) }
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

/**
 * @param {import('../../../packages/sandbox/build/sandbox/index.js').PyodideSandbox} sandbox
 * @param {Saved & { owner?: string | null, minSequence?: number }} from
 */
async function wakes(sandbox, from) {
  try {
    const session = sandbox.session(from)
    await session.execute('1').finally(() => session.close())
    return true
  } catch {
    return false
  }
}

/** @param {unknown} value */
function otherThan(value) {
  if (typeof value === 'number') return value + 1
  if (typeof value === 'string') return `${value.slice(0, -1)}${value.endsWith('0') ? '1' : '0'}`
  if (Array.isArray(value)) return [...value, 'added']
  if (typeof value === 'object' && value !== null) return { ...value, added: 1 }
  return value === null ? 'tenant-b' : null
}

/**
 * @param {import('../../../packages/sandbox/build/sandbox/index.js').SandboxSession} session
 * @param {string} code
 */
async function resultOf(session, code) {
  return (await session.execute(code)).result
}

/** The session of an attack, as its owner opens it. */
export const OWN_SESSION = { owner: OWNER }
