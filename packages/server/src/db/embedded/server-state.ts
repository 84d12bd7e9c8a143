const TYPE = { error: 0x45, ready: 0x5a }
const IDLE = 0x49
const PANIC = 'PANIC'

/** What an answer of PostgreSQL says of PostgreSQL itself. */
export interface ServerState {
  /** It waits for the next query, outside of a transaction. */
  readonly idle: boolean
  /** It would end itself where it is a process: what it has in memory cannot be trusted any more. */
  readonly broken: boolean
}

/** Reads the state of PostgreSQL out of an answer, which is whole messages of its protocol. */
export function stateOf(answer: Uint8Array): ServerState {
  const view = Buffer.from(answer.buffer, answer.byteOffset, answer.byteLength)
  let idle = false
  let broken = false
  for (let at = 0; at + 5 <= view.length; at += 1 + view.readUInt32BE(at + 1)) {
    const type = view[at]
    if (type === TYPE.ready) idle = view[at + 5] === IDLE
    if (type === TYPE.error)
      broken ||= severityOf(view.subarray(at + 5, at + 1 + view.readUInt32BE(at + 1))) === PANIC
  }
  return { idle, broken }
}

/** Fields are a letter and a text that ends with a zero; V is the severity, in English. */
function severityOf(fields: Buffer): string | undefined {
  return fields
    .toString('utf8')
    .split('\0')
    .find((field) => field.startsWith('V'))
    ?.slice(1)
}
