import { existsSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { temporaryRoot } from '../host/guardian.ts'
import { seccompFilter } from './seccomp.ts'

/** A file with the filter, for bubblewrap to read; null where there is none. Made again when somebody has removed it. */
export function seccompFile(): string | null {
  const filter = seccompFilter()
  if (filter === null) return null
  const path = join(temporaryRoot(), 'seccomp.bpf')
  if (!existsSync(path)) writeFileSync(path, filter, { mode: 0o600 })
  return path
}
