import type { Display, ExecutionOutcome, ResultFile, TextSource } from 'agentchat-sandbox'

/** A file of an execution. Its contents are there where the artifact has room for them. */
export type ArtifactFile = Pick<ResultFile, 'path' | 'size' | 'mime' | 'sha256' | 'change'> & {
  /** Base64; null where there are none or they did not fit. */
  readonly data: string | null
}

/** What a program gets of an execution, and no model: plain data, which a checkpoint can hold. */
export interface SandboxArtifact
  extends Omit<TextSource, 'files'>,
    Pick<ExecutionOutcome, 'usage' | 'permissions'> {
  /** Those that fit. */
  readonly displays: readonly Display[]
  readonly files: readonly ArtifactFile[]
  /** Displays and contents of files that did not fit. */
  readonly leftOut: number
}

/** The result as data. Displays, and then the contents of files, are in it as long as they have `maxBytes` together. */
export async function artifactOf(result: ExecutionOutcome, maxBytes: number): Promise<SandboxArtifact> {
  let room = maxBytes
  let leftOut = 0
  const displays: Display[] = []
  for (const display of result.displays) {
    const size = JSON.stringify(display).length
    if (size <= room) {
      room -= size
      displays.push(display)
    } else leftOut += 1
  }
  const files: ArtifactFile[] = []
  for (const file of result.files) {
    const { path, size, mime, sha256, change } = file
    const hasContents = sha256 !== null
    // As base64 it has four characters for three bytes.
    const cost = 4 * Math.ceil(size / 3)
    const fits = hasContents && cost <= room
    if (fits) room -= cost
    else if (hasContents) leftOut += 1
    const data = fits ? Buffer.from(await file.bytes()).toString('base64') : null
    files.push({ path, size, mime, sha256, change, data })
  }
  const { status, resultText, stdout, stderr, error, executionTime, usage, permissions, truncated } = result
  const { sessionRestored } = result
  return {
    ...{ status, result: result.result, resultText, stdout, stderr, error },
    ...{ executionTime, usage, permissions, truncated, sessionRestored, displays, files, leftOut },
  }
}
