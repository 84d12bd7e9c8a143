import { setImmediate } from 'node:timers/promises'
import { JsonBoundsError, JsonScan } from 'agentchat-sandbox-base/gate/json-text'
import { WIRE_BOUNDS } from './messages.ts'

/** After so much text others get their turn. */
export const TURN_BYTES = 2 ** 18

/**
 * Parses JSON that came over the wire and may be long, in turns with whatever else there is to do.
 * @throws TypeError that says what is wrong with it, for who has named it
 */
export async function jsonInTurns(bytes: Buffer): Promise<unknown> {
  try {
    const scan = new JsonScan(WIRE_BOUNDS, 'bytes')
    for (let at = 0; at < bytes.length; at += TURN_BYTES) {
      if (at > 0) await setImmediate()
      scan.read(bytes.toString('latin1', at, at + TURN_BYTES))
    }
    return JSON.parse(bytes.toString())
  } catch (error) {
    throw new TypeError(error instanceof JsonBoundsError ? error.problem : 'is no JSON', { cause: error })
  }
}
