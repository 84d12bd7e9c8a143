import { createHash, createHmac, randomBytes, timingSafeEqual } from 'node:crypto'
import {
  CLIENT_CAPABILITIES_META_KEY,
  type InputRequiredResult,
  inputRequired,
  inputResponse,
  type McpServer,
  type ServerContext,
} from '@modelcontextprotocol/server'

/** So long somebody may think about a call, and its arguments may not change meanwhile. */
const VALID_MS = 10 * 60_000
const MAX_SHOWN_CHARS = 2000
const MAX_REASON_CHARS = 300
/** Approvals that were used and could still be sent again. */
const MAX_USED = 1000
const QUESTION = 'approve'

// Of this process: what another one has asked is asked again.
const key = randomBytes(32)
const used = new Map<string, number>()

/** A call of a tool that somebody has to allow. */
export interface CallToApprove {
  readonly tool: string
  readonly args: Readonly<Record<string, unknown>>
}

/** What becomes of the call: it may go on, it may not, or the client is to ask its user first. */
export type ApprovalOutcome =
  | { readonly kind: 'allowed' }
  | { readonly kind: 'refused'; readonly reason: string }
  | { readonly kind: 'ask'; readonly question: InputRequiredResult }

/**
 * Has the person at the client allow one call with these arguments: by `input_required` in the era of 2026-07-28, by
 * elicitation before it, which the library of the protocol makes of the same. An approval counts for one call.
 */
export function approvalOf(
  server: McpServer,
  call: CallToApprove,
  { mcpReq }: ServerContext,
): ApprovalOutcome {
  const response = inputResponse(mcpReq.inputResponses, QUESTION)
  const state: unknown = mcpReq.requestState()
  if (response.kind === 'elicit' && typeof state === 'string' && take(state, call)) {
    const { action, content = {} } = response
    if (action === 'accept' && content.allow === true) return { kind: 'allowed' }
    const said = typeof content.reason === 'string' ? content.reason.trim() : ''
    return { kind: 'refused', reason: said === '' ? 'it was refused' : said.slice(0, MAX_REASON_CHARS) }
  }
  if (!canAsk(mcpReq.envelope) && server.server.getClientCapabilities()?.elicitation === undefined)
    return {
      kind: 'refused',
      reason: 'a person has to allow it, and this client cannot ask one: it has no capability "elicitation"',
    }
  return { kind: 'ask', question: questionOf(call) }
}

/** Since 2026-07-28 each request says what its client can do. */
function canAsk(envelope: object = {}): boolean {
  const declared: unknown = Reflect.get(envelope, CLIENT_CAPABILITIES_META_KEY)
  return typeof declared === 'object' && declared !== null && 'elicitation' in declared
}

function questionOf(call: CallToApprove): InputRequiredResult {
  const args = JSON.stringify(call.args)
  const shown = args.length > MAX_SHOWN_CHARS ? `${args.slice(0, MAX_SHOWN_CHARS)} ...` : args
  return inputRequired({
    inputRequests: {
      [QUESTION]: inputRequired.elicit({
        message: `Allow this call of "${call.tool}"?\n${shown}`,
        requestedSchema: {
          type: 'object',
          properties: {
            allow: { type: 'boolean', title: 'Allow' },
            reason: { type: 'string', title: 'Why not', maxLength: MAX_REASON_CHARS },
          },
          required: ['allow'],
        },
      }),
    },
    requestState: sealed(call, `${Date.now() + VALID_MS}.${randomBytes(9).toString('base64url')}`),
  })
}

/** Is this the state of a question about this very call, that is young enough and was not answered before? */
function take(state: string, call: CallToApprove): boolean {
  const [until = '', nonce = ''] = state.slice(0, 200).split('.')
  const [given, right] = [Buffer.from(state), Buffer.from(sealed(call, `${until}.${nonce}`))]
  if (given.length !== right.length || !timingSafeEqual(given, right)) return false
  if (Number(until) < Date.now() || used.has(nonce)) return false
  used.set(nonce, Number(until))
  const [oldest] = used.keys()
  if (used.size > MAX_USED && oldest !== undefined) used.delete(oldest)
  return true
}

/** The client brings it back; only this process can make it. */
function sealed({ tool, args }: CallToApprove, head: string): string {
  const about = createHash('sha256')
    .update(JSON.stringify([tool, args]))
    .digest('base64url')
  return `${head}.${createHmac('sha256', key).update(`${head}.${about}`).digest('base64url')}`
}
