import {
  type McpServer,
  ProtocolError,
  ProtocolErrorCode,
  type ReadResourceResult,
  ResourceNotFoundError,
  ResourceTemplate,
} from '@modelcontextprotocol/server'
import { PythonHostError } from './python-host.ts'
import { DISPLAY_SUFFIX, placeOf } from './sandbox-uri.ts'
import type { ServerParts } from './server-parts.ts'

/** Most bytes of a resource, before base64: an answer of the protocol is one message. */
const MAX_BYTES = 8 * 2 ** 20

/** Offers the files of sessions and runs, and what runs have shown, by the addresses that results link to. */
export function addFileResources(server: McpServer, parts: ServerParts): void {
  // Read whole from the address and not by the variables of the template: those are decoded in ways of their own.
  const template = new ResourceTemplate('sandbox://{handle}/{+path}', { list: undefined })
  const description = 'A file in a session or of a run, or something that a run has shown'
  server.registerResource('sandbox-file', template, { title: 'File', description }, async ({ href }) => {
    const place = placeOf(href)
    if (place === null) throw new ResourceNotFoundError(href)
    const found = await find(parts, place).catch((error: unknown) => {
      // Not there, or not the caller's: the same to a stranger.
      if (error instanceof PythonHostError || parts.host.reasonOf(error) !== null) return null
      throw error
    })
    if (found === null) throw new ResourceNotFoundError(href)
    return { contents: [{ uri: href, ...found }] }
  })
}

type Contents = Pick<ReadResourceResult['contents'][number], 'mimeType'> &
  ({ readonly text: string } | { readonly blob: string })

async function find(
  { host }: ServerParts,
  { handle, path }: { readonly handle: string; readonly path: string },
): Promise<Contents | null> {
  if (handle.endsWith(DISPLAY_SUFFIX)) {
    const { state } = await host.run(handle.slice(0, -DISPLAY_SUFFIX.length))
    return state.phase === 'finished' ? displayOf(state.result.displays[Number(path)]) : null
  }
  const run = host.isRun(handle) ? await host.run(handle) : null
  const { bytes, truncated, mime } =
    run === null
      ? { ...(await host.sessions.readFile(handle, path, MAX_BYTES)), mime: undefined }
      : await run.readFile(path, MAX_BYTES)
  if (truncated)
    throw new ProtocolError(
      ProtocolErrorCode.InvalidParams,
      `Cannot read "${path}" at once: it has more than ${MAX_BYTES} bytes; read_file gives its beginning`,
    )
  const blob = Buffer.from(bytes).toString('base64')
  return mime === undefined ? { blob } : { mimeType: mime, blob }
}

function displayOf(display: { readonly mime: string; readonly data: unknown } | undefined): Contents | null {
  if (display === undefined) return null
  const { mime: mimeType, data } = display
  const text = typeof data === 'string' ? data : JSON.stringify(data)
  return mimeType.startsWith('image/') && mimeType !== 'image/svg+xml'
    ? { mimeType, blob: text }
    : { mimeType, text }
}
