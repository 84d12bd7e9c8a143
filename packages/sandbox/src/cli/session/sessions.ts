import { statSync } from 'node:fs'
import { EXIT_SUCCESS, UsageError } from 'agentchat-sandbox-base/command/outcome'
import { paint } from 'agentchat-sandbox-base/command/terminal'
import { FolderSessionStore } from '../../sandbox/store/folder-session-store.ts'
import type { StoredSession } from '../../sandbox/store/session-store.ts'
import { StoredSessions } from '../../sandbox/store/stored-sessions.ts'
import type { SessionFlags } from './session-flags.ts'

const MAX_NAMES_SHOWN = 20

/** Prints the sessions of a folder, one a line. @throws UsageError, SessionStoreError */
export async function listSessions(flags: SessionFlags): Promise<number> {
  const sessions = await open(flags).list(filterOf(flags))
  write(flags.json ? `${JSON.stringify(sessions, null, 2)}\n` : table(sessions))
  return EXIT_SUCCESS
}

/** Prints what was kept with a session. @throws UsageError, SessionStoreError */
export async function inspectSession(id: string, flags: SessionFlags): Promise<number> {
  const session = await open(flags).find(id, filterOf(flags))
  if (session === null) throw unknown(id, flags)
  write(flags.json ? `${JSON.stringify(session, null, 2)}\n` : textOf(session))
  return EXIT_SUCCESS
}

/** Removes sessions. @throws UsageError before anything is removed; SessionInUseError, SessionStoreError */
export async function removeSessions(ids: readonly string[], flags: SessionFlags): Promise<number> {
  const sessions = open(flags)
  for (const id of ids) if ((await sessions.find(id, filterOf(flags))) === null) throw unknown(id, flags)
  for (const id of ids) {
    await sessions.remove(id, filterOf(flags))
    write(`removed session "${id}"\n`)
  }
  return EXIT_SUCCESS
}

function open({ store }: SessionFlags): StoredSessions {
  // A folder that is not there holds no sessions; more likely its name is misspelt.
  if (!statSync(store, { throwIfNoEntry: false })?.isDirectory())
    throw new UsageError(`--store: there is no folder "${store}"`)
  return new StoredSessions(new FolderSessionStore(store))
}

function filterOf({ owner }: SessionFlags): { owner?: string } {
  return owner === undefined ? {} : { owner }
}

function unknown(id: string, { store, owner }: SessionFlags): UsageError {
  const whose = owner === undefined ? '' : ` of "${owner}"`
  return new UsageError(`there is no session "${id}"${whose} in "${store}"`)
}

function table(sessions: readonly StoredSession[]): string {
  const rows = sessions.map(({ id, metadata }) =>
    metadata === null
      ? [id, '-', 'damaged', '-']
      : [id, metadata.owner ?? '-', bytesText(metadata.sizes.sessionBytes), metadata.lastModified],
  )
  const all = [['ID', 'OWNER', 'SIZE', 'LAST KEPT'], ...rows]
  const widths = [0, 1, 2].map((column) => Math.max(...all.map((row) => row[column]?.length ?? 0)))
  const lines = all.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column] ?? 0))
      .join('  ')
      .trimEnd(),
  )
  return lines.map((line, index) => `${index === 0 ? paint(process.stdout).bold(line) : line}\n`).join('')
}

function textOf({ id, metadata }: StoredSession): string {
  if (metadata === null) return `session "${id}" is damaged: no sandbox will open it\n`
  const { owner, created, lastModified, sequence, imageId, pythonVersion, packages, sizes, names } = metadata
  const shown = names.slice(0, MAX_NAMES_SHOWN).map(({ name, type }) => `${name}: ${type}`)
  const more = names.length - shown.length + metadata.moreNames
  const lines: [string, string][] = [
    ['id', id],
    ['owner', owner ?? '-'],
    ['created', created],
    ['last kept', `${lastModified} (save ${sequence})`],
    ['image', `${imageId}, Python ${pythonVersion}`],
    ['packages', packages.map(({ name, version }) => `${name} ${version}`).join(', ') || '-'],
    ['size', `${bytesText(sizes.sessionBytes)}, ${sizes.files} files`],
    ['names', `${shown.join(', ') || '-'}${more > 0 ? ` and ${more} more` : ''}`],
  ]
  return lines.map(([label, text]) => `${label.padEnd(11)}${text}\n`).join('')
}

function bytesText(bytes: number): string {
  return bytes < 2 ** 20 ? `${Math.ceil(bytes / 1024)} KB` : `${(bytes / 2 ** 20).toFixed(1)} MB`
}

function write(text: string): void {
  process.stdout.write(text)
}
