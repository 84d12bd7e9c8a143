import type { CallToolResult } from '@modelcontextprotocol/server'
import { type Display, resultToText } from 'agentchat-sandbox'
import type { PythonRun, RunResult } from './python-host.ts'
import { DISPLAY_SUFFIX, uriOf } from './sandbox-uri.ts'

type Content = CallToolResult['content'][number]

/** What of a result may be sent at once: clients refuse a result of more than 1 MiB, and models pay for each image. */
export interface ContentBudget {
  /** Characters of the text. */
  readonly textChars: number
  /** Bytes of one image as base64; a larger one becomes a link. */
  readonly imageBytes: number
  /** Bytes of all content as JSON. */
  readonly resultBytes: number
}

export const DEFAULT_BUDGET: ContentBudget = {
  textChars: 20_000,
  imageBytes: 200_000,
  resultBytes: 900_000,
}

/** Formats that models and clients take as images. */
const IMAGES = new Set(['image/png', 'image/jpeg', 'image/gif', 'image/webp'])
const MAX_LINKS = 50

/**
 * What a caller is told of a run that has ended: one text, then images within the budget, then links to what did not fit
 * and to the files. Never longer than the budget.
 */
export function contentOf(run: PythonRun, result: RunResult, budget = DEFAULT_BUDGET): CallToolResult {
  const images: Content[] = []
  const links: Content[] = []
  const text = resultToText(result, { maxChars: budget.textChars })
  let room = budget.resultBytes - Buffer.byteLength(JSON.stringify(text)) - MAX_LINKS * LINK_BYTES
  for (const [index, display] of result.displays.entries()) {
    const image = imageOf(display, Math.min(room, budget.imageBytes))
    if (image !== null) {
      images.push(image)
      room -= image.data.length + 100
    } else if (!display.mime.startsWith('text/plain') && links.length < MAX_LINKS) {
      links.push(displayLink(run, display, index))
    }
  }
  for (const { path, size, mime, change } of result.files) {
    if (change === 'deleted' || links.length >= MAX_LINKS) continue
    const place = run.session ?? run.handle
    links.push(link({ uri: uriOf(place, path), name: path, mimeType: mime, size }))
  }
  return { content: [{ type: 'text', text }, ...images, ...links], isError: result.status === 'error' }
}

/** What a caller is told while the run goes on. */
export function progressContent(run: PythonRun): CallToolResult {
  const seconds = Math.round(run.seconds)
  const output = run.output.text()
  const text =
    `${run.handle} is still running after ${seconds} s. get_run waits for it, cancel_run ends it.\n` +
    (output === '' ? 'Nothing was printed yet.' : `Output so far:\n${output}`)
  return { content: [{ type: 'text', text }] }
}

/** A name may have 1,024 bytes, each as three characters of an address. */
const LINK_BYTES = 8000

function imageOf({ mime, data }: Display, room: number) {
  if (!IMAGES.has(mime) || typeof data !== 'string' || data.length > room) return null
  return { type: 'image', data, mimeType: mime } as const
}

function displayLink(run: PythonRun, { mime, data }: Display, index: number): Content {
  const name = `display ${index + 1} (${mime})`
  const size = typeof data === 'string' ? data.length : JSON.stringify(data).length
  return link({ uri: uriOf(`${run.handle}${DISPLAY_SUFFIX}`, String(index)), name, mimeType: mime, size })
}

function link(fields: { uri: string; name: string; mimeType: string; size: number }): Content {
  return { type: 'resource_link', ...fields, name: fields.name.slice(0, 200) }
}
