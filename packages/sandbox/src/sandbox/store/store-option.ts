import { z } from 'zod'
import { late } from '../../protocol/late.ts'
import { FolderSessionStore } from './folder-session-store.ts'
import type { SessionStore } from './session-store.ts'

const METHODS = [
  'claim',
  'save',
  'load',
  'inspect',
  'list',
  'remove',
] as const satisfies (keyof SessionStore)[]

/** The option `sessionStore`: a folder, or a store of the caller's own. */
export const sessionStoreSchema = late(() =>
  z.union(
    [
      z.string().min(1),
      z.custom<SessionStore>(
        (value) =>
          typeof value === 'object' &&
          value !== null &&
          METHODS.every((method) => typeof Reflect.get(value, method) === 'function'),
      ),
    ],
    {
      error: `must be a folder or an object with the methods ${METHODS.map((name) => `"${name}"`).join(', ')}`,
    },
  ),
)

/** The store that the option means, or null where there is none. */
export function storeOf(
  option: string | SessionStore | undefined,
  maxSessionBytes: number,
): SessionStore | null {
  return typeof option === 'string' ? new FolderSessionStore(option, { maxSessionBytes }) : (option ?? null)
}

/** The folder of a store on this machine: no list may grant it to code in the sandbox. */
export function foldersOf(store: SessionStore | null): string[] {
  return store instanceof FolderSessionStore ? [store.folder] : []
}
