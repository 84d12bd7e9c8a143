import { normalize } from 'node:path'
import type { PermissionReceipt, PermissionUse } from '../result/result.ts'
import type { FileAccess } from './file-access.ts'
import type { LibraryAccess } from './library-access.ts'
import { isInside } from './real-path.ts'

/** What a worker's permissions cover, as Deno was told. */
export interface CoveredAccess {
  readonly files: Pick<FileAccess, 'read' | 'write'>
  readonly libraries: Pick<LibraryAccess, 'load'>
}

/** Parts what a worker asked for into what its grants cover and what was refused. */
export function usedAndDenied(
  uses: readonly PermissionUse[],
  { files, libraries }: CoveredAccess,
): Pick<PermissionReceipt, 'used' | 'denied'> {
  const isUsed = ({ kind, value }: PermissionUse) =>
    (kind === 'read' && covers(files.read, value)) ||
    (kind === 'write' && covers(files.write, value)) ||
    (kind === 'ffi' && names(libraries.load, value))
  return { used: uses.filter(isUsed), denied: uses.filter((use) => !isUsed(use)) }
}

function covers(granted: true | readonly string[], path: string): boolean {
  if (granted === true) return true
  return path !== '' && granted.some((target) => isInside(target, path))
}

/** They are files, so nothing is in them. Deno follows no links here. */
function names(granted: true | readonly string[], path: string): boolean {
  return granted === true || granted.includes(normalize(path))
}
