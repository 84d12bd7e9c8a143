import type { Display, ExecutionOutcome } from './result.ts'
import { fenced, inlineCode, middleOut } from './text-pieces.ts'

const MAX_TEXT_CHARS = 20_000
/** Longest picture that stands in the text, as base64. */
const MAX_PICTURE_CHARS = 2 * 2 ** 20
const MAX_SHOWN = 50

/**
 * A result as Markdown, for a person: outcome, value, output, pictures in place, other displays and files by name, error
 * and hint. What the code wrote stands between fences and in code, so that none of it is taken for Markdown or HTML.
 */
export function resultToMarkdown(result: ExecutionOutcome): string {
  const parts = [
    outcome(result),
    ...section('Output', result.stdout),
    ...section('Standard error', result.stderr),
    ...(result.resultText === null ? [] : [block('Result', result.resultText, 'text')]),
    ...result.displays.slice(0, MAX_SHOWN).map(displayed),
    ...more(result.displays.length, 'displays'),
    ...fileList(result),
    ...truncations(result),
  ]
  return `${parts.join('\n\n')}\n`
}

function outcome({ error, executionTime }: ExecutionOutcome): string {
  const time = `${executionTime.toFixed(2)} s`
  if (error === null) return `**Success** after ${time}`
  const where = error.line === null ? '' : `, line ${error.line}`
  return [
    `**Error** (${error.kind}${where}) after ${time}: ${inlineCode(`${error.name}: ${error.message}`, 500)}`,
    ...(error.traceback === '' ? [] : [fenced(middleOut(error.traceback, MAX_TEXT_CHARS), 'text')]),
    ...(error.hint === null ? [] : [`**Hint:** ${inlineCode(error.hint, 2000)}`]),
  ].join('\n\n')
}

function section(title: string, text: string): string[] {
  return text === '' ? [] : [block(title, text, 'text')]
}

function block(title: string, text: string, language: string): string {
  return `**${title}**\n\n${fenced(middleOut(text, MAX_TEXT_CHARS), language)}`
}

function displayed({ mime, data }: Display, index: number): string {
  const title = `Display ${index + 1}`
  if (typeof data === 'string') {
    const picture = pictureOf(mime, data)
    if (picture !== null) return `![${title}](${picture})`
    if (mime.startsWith('text/'))
      return `**${title}**, ${inlineCode(mime, 200)}\n\n${fenced(middleOut(data, 2000))}`
  }
  return `**${title}**, ${inlineCode(mime, 200)}`
}

/** A picture as an address that holds it. As an image, an SVG runs none of its scripts. */
function pictureOf(mime: string, data: string): string | null {
  if (data.length > MAX_PICTURE_CHARS) return null
  if (mime === 'image/svg+xml') {
    return `data:image/svg+xml;base64,${Buffer.from(data, 'utf8').toString('base64')}`
  }
  if (!/^image\/(png|jpeg|gif|webp)$/.test(mime) || !/^[A-Za-z\d+/]+={0,2}$/.test(data)) return null
  return `data:${mime};base64,${data}`
}

function fileList({ files }: ExecutionOutcome): string[] {
  if (files.length === 0) return []
  const lines = files
    .slice(0, MAX_SHOWN)
    .map(({ path, size, mime }) => `- ${inlineCode(path, 200)}: ${inlineCode(mime, 200)}, ${size} bytes`)
  return [`**Files**\n\n${[...lines, ...more(files.length, 'files')].join('\n')}`]
}

function more(count: number, what: string): string[] {
  return count > MAX_SHOWN ? [`... and ${count - MAX_SHOWN} more ${what}`] : []
}

function truncations({ truncated }: ExecutionOutcome): string[] {
  const cut = (['stdout', 'stderr', 'result'] as const).filter((name) => truncated[name])
  const counted = (['files', 'displays', 'permissions'] as const).filter((name) => truncated[name] > 0)
  const all = [...cut, ...counted.map((name) => `${name} (${truncated[name]} left out)`)]
  return all.length === 0 ? [] : [`Cut at a limit: ${all.join(', ')}`]
}
