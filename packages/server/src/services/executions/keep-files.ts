import type { CodeExecutionResult, ResultFile } from 'agentchat-sandbox'
import { loggable } from '../../logger.ts'
import type { ServiceContext } from '../context.ts'
import type { Keepable, KeptName } from './file-store.ts'
import type { RecordedResult } from './recorded-result.ts'
import { isTooLarge, recordOf } from './result-record.ts'
import { piecesOf, type ResultTexts, textsOf } from './result-texts.ts'

/** What is kept of a result. */
export interface KeptResult {
  /** The whole of it, for those who wait. */
  readonly result: RecordedResult
  /** What its row holds, as JSON. */
  readonly record: string
  /** Of the row, and of the contents beside it. */
  readonly recordBytes: number
  readonly fileBytes: number
}

/** The room that there is for what comes of an execution. */
export interface RunRoom {
  /** How many bytes more may be kept, as far as is known. */
  bytes(): Promise<number>
  /** Has room for files of so many bytes, which count from then on: false where there is none. */
  reserve(bytes: number): Promise<boolean>
}

interface ToKeep {
  readonly id: string
  readonly result: CodeExecutionResult
  readonly room: RunRoom
}

type Means = Pick<ServiceContext, 'fileStore' | 'logger'>

/**
 * Keeps the files that an execution made, and a result that is too large for its row, as far as there is room for them. The
 * files that are kept come first. Never throws for what the disk does: a full one costs what would be kept beside the row,
 * not the row.
 */
export async function keepResult(means: Means, { id, result: whole, room }: ToKeep): Promise<KeptResult> {
  let free = await room.bytes()
  const files = new Map<KeptName, ResultFile>()
  let fileBytes = 0
  for (const [number, file] of whole.files.entries()) {
    if (file.sha256 === null || fileBytes + file.size > free) continue
    files.set(number, file)
    fileBytes += file.size
  }
  const noted = (kept: boolean): RecordedResult => ({
    ...whole,
    files: whole.files.map(({ path, size, mime, sha256, change, secret }, number) => {
      const found = secret === undefined ? {} : { secret }
      return { path, size, mime, sha256, change, ...found, kept: kept && files.has(number) }
    }),
  })
  let result = noted(true)
  let texts = await textsOf(result)
  const contents = new Map<KeptName, Keepable>(files)
  if (isTooLarge(texts, free - fileBytes) && fileBytes + texts.bytes <= free) {
    contents.set('result', asFile(texts))
    fileBytes += texts.bytes
  }
  const isKept =
    contents.size === 0 || ((await room.reserve(fileBytes)) && (await stored(means, id, contents)))
  if (!isKept) {
    fileBytes = 0
    contents.clear()
    result = noted(false)
    texts = await textsOf(result)
  }
  free -= fileBytes
  const record = recordOf(result, { texts, room: free, kept: contents.has('result') })
  return { result, record, recordBytes: Buffer.byteLength(record), fileBytes }
}

async function stored(
  { fileStore, logger }: Means,
  id: string,
  contents: ReadonlyMap<KeptName, Keepable>,
): Promise<boolean> {
  try {
    await fileStore.keep(id, contents)
    return true
  } catch (error) {
    logger.warn({ execution: id, error: loggable(error) }, 'execution.files-not-kept')
    return false
  }
}

function asFile(texts: ResultTexts): Keepable {
  return {
    size: texts.bytes,
    async *stream() {
      yield* piecesOf(texts)
    },
  }
}
