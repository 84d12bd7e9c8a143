import type { SessionFile } from 'agentchat-sandbox'
import { UnavailableError } from '../../services/errors.ts'
import { MachineAnswerError } from '../../services/executions/machines.ts'
import { errorOf, failedSchema } from '../failure-wire.ts'
import { fileAnswerSchema } from '../session-wire.ts'
import { FileTime } from './file-time.ts'
import type { MachineLink } from './machine-link.ts'

/** What a machine may take for that: to wake the session, and to keep it. */
const USE_MS = 120_000
/** The largest file of a session: as much as code may keep in Python's own file system. */
const MAX_CONTENT_BYTES = 512 * 2 ** 20

/** What came of a use of the files of a session; the machine keeps it until this is disposed. */
export interface FileOutcome extends Disposable {
  readonly files: readonly SessionFile[]
  /** The contents that were read. */
  content(): AsyncIterable<Uint8Array>
}

/**
 * Waits for what comes of a use of files on a machine.
 * @throws UnavailableError when the machine was lost or takes too long, or `lost` is aborted; what the machine could not do
 * @throws MachineAnswerError when it tells what no machine of ours tells
 */
export async function fileOutcome(link: MachineLink, lost: AbortSignal): Promise<FileOutcome> {
  for await (const [, wire] of link.events(0, AbortSignal.any([lost, AbortSignal.timeout(USE_MS)]))) {
    const failed = failedSchema.safeParse(wire)
    if (failed.success) {
      link.recorded()
      throw errorOf(failed.data)
    }
    const { files, bytes } = answerOf(wire)
    return {
      files,
      content: () => link.pieces('result', bytes, AbortSignal.any([lost, new FileTime().forBytes(bytes)])),
      [Symbol.dispose]: () => link.recorded(),
    }
  }
  throw new UnavailableError('machine')
}

function answerOf(wire: unknown) {
  const answer = fileAnswerSchema.safeParse(wire)
  if (!answer.success) throw new MachineAnswerError('what it tells of files of a session is none')
  const { bytes } = answer.data
  if (bytes > MAX_CONTENT_BYTES)
    throw new MachineAnswerError(`a file has ${bytes} bytes, at most ${MAX_CONTENT_BYTES} are taken`)
  return answer.data
}
