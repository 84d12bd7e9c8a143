import type { CodeExecutionResult, ResultFile } from 'agentchat-sandbox'
import { loggable } from '../../logger.ts'
import type { ServiceContext } from '../context.ts'
import type { Admission } from './quotas.ts'

/** A file of an execution as it is recorded: what it is, and whether its contents are kept. */
export type RecordedFile = Pick<ResultFile, 'path' | 'size' | 'mime' | 'sha256' | 'change'> & {
  readonly kept: boolean
}

/** A result as it is recorded. */
export type RecordedResult = Omit<CodeExecutionResult, 'files' | 'toText' | 'toMarkdown'> & {
  readonly files: readonly RecordedFile[]
}

/**
 * Keeps the files that an execution made, as far as there is room for them. Never throws: a full disk costs the files,
 * not the result.
 */
export async function keepFiles(
  { fileStore, logger }: Pick<ServiceContext, 'fileStore' | 'logger'>,
  {
    id,
    result,
    admission,
  }: { readonly id: string; readonly result: CodeExecutionResult; readonly admission: Admission },
): Promise<{ readonly result: RecordedResult; readonly bytes: number }> {
  const chosen = new Map<number, ResultFile>()
  let bytes = 0
  for (const [number, file] of result.files.entries()) {
    if (file.sha256 === null) continue
    const granted = admission.reserve(file.size)
    if (granted < file.size) admission.release(granted)
    else {
      chosen.set(number, file)
      bytes += granted
    }
  }
  if (chosen.size > 0) {
    try {
      await fileStore.keep(id, chosen)
    } catch (error) {
      logger.warn({ execution: id, error: loggable(error) }, 'execution.files-not-kept')
      admission.release(bytes)
      bytes = 0
      chosen.clear()
    }
  }
  const files = result.files.map(({ path, size, mime, sha256, change }, number) => {
    return { path, size, mime, sha256, change, kept: chosen.has(number) }
  })
  return { result: { ...result, files }, bytes }
}
