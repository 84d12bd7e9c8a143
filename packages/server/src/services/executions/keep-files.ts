import type { CodeExecutionResult, ResultFile } from 'agentchat-sandbox'
import { loggable } from '../../logger.ts'
import type { ServiceContext } from '../context.ts'
import type { Keepable, KeptName } from './file-store.ts'
import type { Admission } from './quotas.ts'
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

interface ToKeep {
  readonly id: string
  readonly result: CodeExecutionResult
  readonly admission: Admission
}

type Means = Pick<ServiceContext, 'fileStore' | 'logger'>

/**
 * Keeps the files that an execution made, and a result that is too large for its row, as far as there is room for them.
 * Never throws: a full disk costs what would be kept beside the row, not the row.
 */
export async function keepResult(
  means: Means,
  { id, result: whole, admission }: ToKeep,
): Promise<KeptResult> {
  const files = new Map<KeptName, ResultFile>()
  for (const [number, file] of whole.files.entries())
    if (file.sha256 !== null && reserved(admission, file.size)) files.set(number, file)
  const noted = (kept: boolean): RecordedResult => ({
    ...whole,
    files: whole.files.map(({ path, size, mime, sha256, change }, number) => {
      return { path, size, mime, sha256, change, kept: kept && files.has(number) }
    }),
  })
  let result = noted(true)
  let texts = await textsOf(result)
  const contents = new Map<KeptName, Keepable>(files)
  const isLarge = isTooLarge(texts, admission.room)
  if (isLarge && reserved(admission, texts.bytes)) contents.set('result', asFile(texts))
  let fileBytes = 0
  for (const { size } of contents.values()) fileBytes += size
  if (contents.size > 0 && !(await stored(means, id, contents))) {
    admission.release(fileBytes)
    fileBytes = 0
    contents.clear()
    result = noted(false)
    texts = await textsOf(result)
  }
  const record = recordOf(result, { texts, room: admission.room, kept: contents.has('result') })
  const recordBytes = Buffer.byteLength(record)
  admission.count(recordBytes)
  return { result, record, recordBytes, fileBytes }
}

function reserved(admission: Admission, bytes: number): boolean {
  const granted = admission.reserve(bytes)
  if (granted === bytes) return true
  admission.release(granted)
  return false
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
