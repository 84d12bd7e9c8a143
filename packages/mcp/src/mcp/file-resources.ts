import {
  type McpServer,
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
      if (isMissing(error)) return null
      throw error
    })
    if (found === null) throw new ResourceNotFoundError(href)
    return { contents: [{ uri: href, ...found }] }
  })
}

type Contents = Pick<ReadResourceResult['contents'][number], 'mimeType'> &
  ({ readonly text: string } | { readonly blob: string })

async function find(
  { host, runs }: ServerParts,
  { handle, path }: { readonly handle: string; readonly path: string },
): Promise<Contents | null> {
  if (!handle.startsWith('run-')) {
    const { bytes, truncated } = await host.sessions.readFile(handle, path, MAX_BYTES)
    if (truncated) throw new PythonHostError(`"${path}" has more than ${MAX_BYTES} bytes`)
    return { blob: Buffer.from(bytes).toString('base64') }
  }
  const isDisplay = handle.endsWith(DISPLAY_SUFFIX)
  const run = runs.get(isDisplay ? handle.slice(0, -DISPLAY_SUFFIX.length) : handle)
  if (run.state.phase !== 'finished') return null
  const { displays, files } = run.state.result
  if (isDisplay) return displayOf(displays[Number(path)])
  const file = files.find((each) => each.path === path && each.change !== 'deleted')
  if (file === undefined) return null
  if (file.size > MAX_BYTES)
    throw new PythonHostError(`"${path}" has ${file.size} bytes, more than ${MAX_BYTES}`)
  return { mimeType: file.mime, blob: Buffer.from(await file.bytes()).toString('base64') }
}

function displayOf(display: { readonly mime: string; readonly data: unknown } | undefined): Contents | null {
  if (display === undefined) return null
  const { mime: mimeType, data } = display
  const text = typeof data === 'string' ? data : JSON.stringify(data)
  return mimeType.startsWith('image/') && mimeType !== 'image/svg+xml'
    ? { mimeType, blob: text }
    : { mimeType, text }
}

/** Not there, or not the caller's: the same to a stranger. */
function isMissing(error: unknown): boolean {
  return (
    error instanceof PythonHostError ||
    (error instanceof Error && 'code' in error && error.code === 'workspace-file')
  )
}
