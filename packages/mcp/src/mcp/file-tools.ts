import type { McpServer } from '@modelcontextprotocol/server'
import { z } from 'zod'
import { PythonHostError } from './python-host.ts'
import { sessionHandle } from './run-tools.ts'
import { DESTROYS, READS, type ServerParts } from './server-parts.ts'
import { asOutcome, structured } from './told.ts'

const MAX_READ_BYTES = 256 * 1024
/** A model writes each character of it. */
const MAX_WRITE_CHARS = 2 ** 20
const MAX_LISTED = 1000

const path = z.string().min(1).max(1024).describe('Path in the working folder')

/** Adds `list_files`, `read_file` and `write_file`. */
export function addFileTools(server: McpServer, parts: ServerParts): void {
  const { sessions } = parts.host
  server.registerTool(
    'list_files',
    {
      title: 'Files',
      description: 'Lists what lies in a folder of a session, by default its working folder.',
      inputSchema: z.strictObject({ session: sessionHandle, folder: z.string().max(1024).default('') }),
      outputSchema: z.object({
        files: z.array(
          z.object({
            name: z.string(),
            type: z.enum(['file', 'folder', 'link', 'other']),
            size: z.number().int(),
          }),
        ),
        more: z.number().int().describe('How many are not listed'),
      }),
      annotations: READS,
    },
    ({ session = null, folder }) =>
      asOutcome(parts, async () => {
        const files = await sessions.listFiles(session, folder)
        return structured({
          files: files.slice(0, MAX_LISTED),
          more: Math.max(0, files.length - MAX_LISTED),
        })
      }),
  )
  server.registerTool(
    'read_file',
    {
      title: 'Read a file',
      description: `Reads the beginning of a file of a session, as text where it is UTF-8, else as base64: at most ${MAX_READ_BYTES} bytes.`,
      inputSchema: z.strictObject({
        session: sessionHandle,
        path,
        max_bytes: z.number().int().min(1).max(MAX_READ_BYTES).default(MAX_READ_BYTES),
      }),
      outputSchema: z.object({
        text: z.string().optional(),
        base64: z.string().optional(),
        truncated: z.boolean(),
      }),
      annotations: READS,
    },
    ({ session = null, path, max_bytes: maxBytes }) =>
      asOutcome(parts, async () => {
        const { bytes, truncated } = await sessions.readFile(session, path, maxBytes)
        const text = textOf(bytes, truncated)
        return structured({
          ...(text === null ? { base64: Buffer.from(bytes).toString('base64') } : { text }),
          truncated,
        })
      }),
  )
  server.registerTool(
    'write_file',
    {
      title: 'Write a file',
      description:
        'Makes or replaces a file of a session: give either text or base64. For large data let Python make it.',
      inputSchema: z.strictObject({
        session: sessionHandle,
        path,
        text: z.string().max(MAX_WRITE_CHARS).optional(),
        base64: z.string().max(MAX_WRITE_CHARS).optional(),
      }),
      outputSchema: z.object({ path: z.string(), size: z.number().int() }),
      annotations: DESTROYS,
    },
    ({ session = null, path, text, base64 }) =>
      asOutcome(parts, async () => {
        const data = dataOf(text, base64)
        await sessions.writeFile(session, path, data)
        return structured({ path, size: data.length })
      }),
  )
}

/** UTF-8 as text; null for other bytes. A character that the end cuts is left out. */
function textOf(bytes: Uint8Array, truncated: boolean): string | null {
  try {
    const text = new TextDecoder('utf-8', { fatal: true }).decode(bytes, { stream: truncated })
    return text.includes('\0') ? null : text
  } catch {
    return null
  }
}

/** @throws PythonHostError */
function dataOf(text: string | undefined, base64: string | undefined): Uint8Array {
  if ((text === undefined) === (base64 === undefined))
    throw new PythonHostError('give either "text" or "base64"')
  if (text !== undefined) return Buffer.from(text)
  const data = Buffer.from(base64 ?? '', 'base64')
  // Node's decoder skips what is no base64.
  const written = data.toString('base64')
  if (base64 !== written && base64 !== written.replaceAll('=', ''))
    throw new PythonHostError('"base64" is not base64')
  return data
}
