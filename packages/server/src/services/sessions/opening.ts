import type { QuotaHolder } from '../executions/quotas.ts'
import type { ToolPermissions } from '../sandbox-set.ts'

/** A session as it is to be opened. */
export interface Opening {
  readonly id: string
  readonly sealedFor: string
  readonly permissions: ToolPermissions
  /** By whose right it is open: the owner, and the key that it was made with while that holds. */
  readonly owner: { readonly userId: string; readonly apiKeyId: string | null }
  /** How often it was saved, at least, and how large it is. */
  readonly sequence: number
  readonly bytes: number
  /** Did its last use leave what could not be kept? */
  readonly unsaved: boolean
  /** For whom it counts. */
  readonly holders: readonly QuotaHolder[]
}
