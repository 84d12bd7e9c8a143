import { request as httpRequest, type IncomingMessage } from 'node:http'
import { request as httpsRequest } from 'node:https'
import { isIP } from 'node:net'
import type { NetGuard } from 'agentchat-sandbox'

const MAX_HEADER_BYTES = 16_384
/** So many answers of 1xx may come before the answer. */
const MAX_INFORMATION = 16

/** A request that the host makes for somebody. */
export interface GuardedRequest {
  readonly method: string
  readonly url: URL
  readonly headers: Readonly<Record<string, string>>
  readonly body: string | Uint8Array | null
}

/** More answers of 1xx came than anybody has a use for. */
export class EndlessInformationError extends Error {
  override readonly name = 'EndlessInformationError'
  constructor() {
    super(`more than ${MAX_INFORMATION} answers of 1xx`)
  }
}

/**
 * Sends a request to where the guard allows, and gives what is answered, with its body still to come. It is connected to the
 * address that was checked, whatever the name leads to by then. Redirects are not followed.
 * @throws NetRefusedError, EndlessInformationError, and what the connection fails with
 */
export async function guardedRequest(
  guard: NetGuard,
  { method, url, headers, body }: GuardedRequest,
  { holder, signal }: { readonly holder: string; readonly signal: AbortSignal },
): Promise<IncomingMessage> {
  const port = Number(url.port || (url.protocol === 'https:' ? 443 : 80))
  const host = url.hostname.replace(/^\[|\]$/g, '')
  const [address = ''] = await guard.addressesOf(url.hostname, port, { holder, signal })
  signal.throwIfAborted()
  return await new Promise<IncomingMessage>((resolve, reject) => {
    const send = url.protocol === 'https:' ? httpsRequest : httpRequest
    const outgoing = send(
      {
        host: address,
        ...{ port, method, signal, agent: false, maxHeaderSize: MAX_HEADER_BYTES },
        path: url.pathname + url.search,
        headers: {
          ...headers,
          host: url.host,
          ...(body !== null && { 'content-length': Buffer.byteLength(body) }),
        },
        ...(isIP(host) === 0 ? { servername: host } : {}),
      },
      resolve,
    )
    let informations = 0
    outgoing.on('information', () => {
      informations += 1
      if (informations > MAX_INFORMATION) outgoing.destroy(new EndlessInformationError())
    })
    outgoing.on('error', reject)
    outgoing.end(body ?? undefined)
  })
}
