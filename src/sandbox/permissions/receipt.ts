import type { PermissionReceipt, PermissionUse } from '../result.ts'
import type { FileAccess } from './file-access.ts'
import { isInside } from './real-path.ts'

/** Parts what a worker asked for into what its grants cover and what was refused. */
export function usedAndDenied(
  uses: readonly PermissionUse[],
  files: FileAccess,
): Pick<PermissionReceipt, 'used' | 'denied'> {
  const isUsed = ({ kind, value }: PermissionUse) =>
    (kind === 'read' && covers(files.read, value)) || (kind === 'write' && covers(files.write, value))
  return { used: uses.filter(isUsed), denied: uses.filter((use) => !isUsed(use)) }
}

function covers(granted: FileAccess['read'], path: string): boolean {
  if (granted === true) return true
  return path !== '' && granted.some((target) => isInside(target, path))
}
