import { existsSync } from 'node:fs'
import { EXIT_SUCCESS, UsageError } from 'agentchat-sandbox-base/command/outcome'
import { auditKeysOf } from '../db/queries/audit-keys.ts'
import { folderReader } from '../services/audit/export/folder-reader.ts'
import { parseVerifier } from '../services/audit/tlog/signed-note.ts'
import { headsIn } from '../services/audit/verify/check-heads.ts'
import { databaseReader } from '../services/audit/verify/database-reader.ts'
import { type VerifyOptions, type VerifyReport, verifyLog } from '../services/audit/verify/verify-log.ts'
import { auditConfig, auditVerifier, openAuditDatabase } from './audit-database.ts'
import type { AuditVerifyFlags } from './audit-flags.ts'

const EXIT_WRONG = 1

const TRUST = {
  none: 'none: anybody with the database could have written all of it (name the key with --key)',
  key: 'key: anybody with the database and the key could have written all of it (name heads with --heads)',
  external: 'external: nobody can have changed what the last head covers that was told to the outside',
} as const

/** Verifies the log; gives the exit code. */
export async function auditVerify(flags: AuditVerifyFlags): Promise<number> {
  const report = flags.from === undefined ? await ofDatabase(flags) : await ofFolder(flags.from, flags)
  process.stdout.write(flags.json ? `${JSON.stringify(report, null, 2)}\n` : told(report))
  return report.ok ? EXIT_SUCCESS : EXIT_WRONG
}

async function ofFolder(folder: string, flags: AuditVerifyFlags): Promise<VerifyReport> {
  const named =
    flags.key === undefined ? auditVerifier(flags, auditConfig(flags)) : auditVerifier(flags, auditConfig({}))
  if (named === null) throw new UsageError('say with --key which public key must have signed it')
  const reader = await folderReader(folder).catch((error: unknown) => {
    const why = error instanceof Error ? error.message : String(error)
    throw new UsageError(`"${folder}" is no export: ${why}`, { cause: error })
  })
  return await verifyLog(reader, { verifiers: [named], isKeyApart: true, ...othersOf(flags, flags.heads) })
}

async function ofDatabase(flags: AuditVerifyFlags): Promise<VerifyReport> {
  const config = auditConfig(flags)
  await using database = await openAuditDatabase(config)
  const named = auditVerifier(flags, config)
  const stored = (await auditKeysOf(database.db)).flatMap(({ verifier }) => parseVerifier(verifier) ?? [])
  return await verifyLog(databaseReader(database.db), {
    ...{ verifiers: named === null ? stored : [named], isKeyApart: named !== null },
    ...othersOf(flags, flags.heads ?? config.auditHeadFile),
  })
}

function othersOf({ since, heads }: AuditVerifyFlags, file: string | undefined): Partial<VerifyOptions> {
  if (since !== undefined && !/^\d{1,15}$/.test(since))
    throw new UsageError(`--since: "${since}" is no index`)
  if (heads !== undefined && !existsSync(heads)) throw new UsageError(`--heads: there is no file "${heads}"`)
  return { heads: headsIn(file), ...(since === undefined ? {} : { since: Number(since) }) }
}

function told({
  ok,
  origin,
  size,
  minimumIndex,
  checked,
  waiting,
  trust,
  heads,
  handovers,
  problems,
}: VerifyReport): string {
  const lines = [
    `${ok ? 'ok' : 'NOT as it was signed'}: ${size} entries of ${origin ?? 'a log without a head'}, kept from ${minimumIndex} on`,
    `read ${checked} entries; ${waiting} are recorded and in no head yet; ${heads} heads from outside agree`,
    ...(handovers === 0
      ? []
      : [`signed with ${handovers + 1} keys, each of which handed the log over to the next`]),
    `trust: ${TRUST[trust]}`,
    ...problems.map(({ index, problem }) => `${index === null ? 'log' : `entry ${index}`}: ${problem}`),
  ]
  return `${lines.join('\n')}\n`
}
