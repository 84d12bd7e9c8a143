import { DocumentError } from 'agentchat-sandbox-base/gate/document-gate'
import { type Actor, demand, quotaHolders } from '../actor.ts'
import { audited } from '../audit.ts'
import type { ServiceContext } from '../context.ts'
import type { Deed } from '../deeds.ts'
import { ToolCallError } from '../errors.ts'
import { sendRequest } from './openapi/send-request.ts'

const MAX_DOCUMENT_BYTES = 2 ** 20
const TIMEOUT_MS = 15_000

/** An OpenAPI document to look at: its text, or where to fetch it. */
export type DocumentSource = { readonly document: string } | { readonly url: string }

/** What can be called in what a document describes, or what is wrong with it. */
export interface DocumentPreview {
  readonly document: string
  readonly operations: readonly {
    readonly id: string
    readonly method: string
    readonly path: string
    readonly description: string
  }[]
  readonly problems: readonly {
    readonly path: string
    readonly problem: string
    readonly line: number | null
  }[]
}

/**
 * Reads an OpenAPI document without making a tool of it. One that is fetched comes from where tools of users may call, since
 * the service sends the request; it is sent without any credential.
 * @throws ToolCallError when it cannot be fetched
 */
export async function previewDocument(
  context: ServiceContext,
  actor: Actor,
  { source, signal }: { readonly source: DocumentSource; readonly signal: AbortSignal },
): Promise<DocumentPreview> {
  // The rest of a URL may hold a secret.
  const from = 'url' in source ? { host: new URL(source.url).host } : {}
  const deed: Deed = { action: 'tool.preview', resourceId: null, detail: from }
  return await audited(context, { who: actor, deed }, async () => {
    demand(actor, 'create', { resource: 'tool', id: '', ownership: 'own' })
    // Fetching takes a connection of the host, reading a process of the gate.
    await context.quotas.begin(quotaHolders(context, actor))
    const document =
      'url' in source ? await fetched(context, actor, { url: source.url, signal }) : source.document
    try {
      const { operations } = await context.documents.read(actor.userId, document)
      const told = operations.map(({ id, method, path, description }) => ({ id, method, path, description }))
      return { document, operations: told, problems: [] }
    } catch (error) {
      if (!(error instanceof DocumentError)) throw error
      const problems = error.problems.map(({ line = null, ...each }) => ({ ...each, line }))
      return { document, operations: [], problems }
    }
  })
}

async function fetched(
  { netGuard }: ServiceContext,
  { userId }: Actor,
  { url, signal }: { readonly url: string; readonly signal: AbortSignal },
): Promise<string> {
  const request = {
    ...{ method: 'GET', url: new URL(url), body: null, secretHeaders: [] },
    headers: { accept: 'application/json, application/yaml, text/yaml, text/plain;q=0.9, */*;q=0.5' },
  }
  const { status, body } = await sendRequest(netGuard, request, {
    ...{ timeoutMs: TIMEOUT_MS, maxResponseBytes: MAX_DOCUMENT_BYTES, holder: userId, signal },
  })
  if (status !== 200) throw new ToolCallError(`${request.url.host} answered with ${status}`)
  return body.toString('utf8').replace(/^\uFEFF/, '')
}
