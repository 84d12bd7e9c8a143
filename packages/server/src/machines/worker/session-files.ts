import type { SessionFile } from 'agentchat-sandbox'
import { SessionNotSavedError } from '../../services/sessions/session-errors.ts'
import type { FileUse } from '../session-wire.ts'
import { type GivenParts, openGiven } from './given-session.ts'

/** What came of a use of files. */
export interface FileOutcome {
  readonly files: readonly SessionFile[]
  readonly content: Buffer
}

const NOTHING: FileOutcome = { files: [], content: Buffer.alloc(0) }

/**
 * Does something with the files of a session that was given to this machine. A change is kept when this resolves.
 * @throws SessionNotSavedError, WorkspaceFileError, and what opening throws
 */
export async function useFiles(parts: GivenParts, use: FileUse): Promise<FileOutcome> {
  await using open = await openGiven(parts)
  const { files } = open.session
  if (use.do === 'list' || use.do === 'read') {
    const found =
      use.do === 'list'
        ? { ...NOTHING, files: await files.list(use.path) }
        : { ...NOTHING, content: Buffer.from(await files.read(use.path)) }
    open.unchanged()
    return found
  }
  if (use.do === 'write') await files.write(use.path, Buffer.from(use.bytes, 'base64'))
  else await files.remove(use.path)
  const reason = await open.keep()
  if (reason !== null) throw new SessionNotSavedError(reason.replace(/^Cannot save the session: /, ''))
  return NOTHING
}
