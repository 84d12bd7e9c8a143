/** What the flags of every `audit` command say. */
export interface AuditFlags {
  readonly dataDir?: string
  readonly key?: string
}

/** Those of `audit verify`. */
export interface AuditVerifyFlags extends AuditFlags {
  readonly from?: string
  readonly heads?: string
  readonly since?: string
  readonly json?: true
}

/** Those of `audit query`. */
export interface AuditQueryFlags extends AuditFlags {
  readonly actor?: string
  readonly action?: string
  readonly resource?: string
  readonly outcome?: string
  readonly since?: string
  readonly until?: string
  readonly text?: string
  readonly limit?: string
}

/** Those of `audit export`. */
export interface AuditExportFlags extends AuditFlags {
  readonly format?: string
  readonly to?: string
}

/** Those of `audit proof`. */
export interface AuditProofFlags extends AuditFlags {
  readonly check?: string
  readonly handovers?: string
}

/** Those of `audit rotate-key`. */
export interface AuditRotateKeyFlags {
  readonly dataDir?: string
  readonly to?: string
}
