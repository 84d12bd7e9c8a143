import { existsSync } from 'node:fs'
import { dirname } from 'node:path'
import { EXIT_SUCCESS, UsageError } from 'agentchat-sandbox-base/command/outcome'
import type { Config } from '../config.ts'
import type { Database } from '../db/index.ts'
import { auditKeysOf } from '../db/queries/audit-keys.ts'
import { createLogger, type Logger } from '../logger.ts'
import { AuditLog } from '../services/audit/audit-log.ts'
import { type HandedOver, handOver } from '../services/audit/hand-over.ts'
import { HeadPublisher } from '../services/audit/head-publisher.ts'
import {
  auditKeyOf,
  auditKeyOfFolder,
  nextAuditKey,
  nextAuditKeyPath,
  readKeyFile,
  takeNextKey,
} from '../services/audit/log-key.ts'
import type { NoteSigner } from '../services/audit/tlog/signed-note.ts'
import { auditConfig, openAuditDatabase } from './audit-database.ts'
import type { AuditRotateKeyFlags } from './audit-flags.ts'
import { unlogged } from './command-config.ts'
import { say } from './say.ts'
import { auditHeadsOf, toUsageError } from './serve.ts'

/** Hands the log over to a new key, and prints the public one; gives the exit code. */
export async function auditRotateKey({ to, ...flags }: AuditRotateKeyFlags): Promise<number> {
  const config = auditConfig(flags)
  const { auditKey, dataDir } = config
  if (auditKey !== undefined && to === undefined)
    throw new UsageError(
      'the key is that of AGENTCHAT_AUDIT_KEY: say with --to which file the new one goes into',
    )
  if (auditKey === undefined && to !== undefined)
    throw new UsageError(
      `--to goes with AGENTCHAT_AUDIT_KEY; here the key is in "${dataDir}", and is put there`,
    )
  const logger = createLogger(config.logLevel, unlogged({ ...config, knownSecrets: [] }))
  const done = await rotated(config, to, logger).catch(toUsageError)
  // Not before the database is closed: what it says is on the disk now.
  if (auditKey === undefined) takeNextKey(dataDir, done.key)
  for (const note of done.notes) {
    const heads = new HeadPublisher(auditHeadsOf(config), logger)
    heads.note(note)
    await heads.close()
  }
  if (to !== undefined)
    say(`set AGENTCHAT_AUDIT_KEY to the text in "${to}", for every service, and start each anew`)
  process.stdout.write(`${done.key}\n`)
  return EXIT_SUCCESS
}

/** The public key that signs the log then, and the heads to be told to the outside. */
async function rotated(
  config: Config,
  to: string | undefined,
  logger: Logger,
): Promise<{ readonly key: string; readonly notes: readonly string[] }> {
  const { auditKey, dataDir } = config
  await using database = await openAuditDatabase(config, 'commit')
  const { db } = database
  const current = (await auditKeysOf(db)).at(-1)?.verifier
  if (current === undefined) throw new UsageError('no key has signed the audit log yet')
  const place = to ?? nextAuditKeyPath(dataDir)
  if (existsSync(place) && readKeyFile(place).verifier.text === current) {
    say('the hand-over that was broken off is ended')
    return { key: current, notes: [] }
  }
  const from = auditKey === undefined ? auditKeyOfFolder(dataDir, current) : auditKeyOf(auditKey)
  await signWhatWaits(db, from, logger)
  const next = await nextAuditKey(place, dirname(place), from.verifier.name)
  const done = await handOver(db, { from, to: next, instance: 'audit rotate-key' })
  tell(done, from, next)
  return { key: next.verifier.text, notes: [done.handover, done.checkpoint] }
}

/** What was recorded before is signed with the old key. */
async function signWhatWaits(db: Database, signer: NoteSigner, logger: Logger): Promise<void> {
  const heads = new HeadPublisher({ everySeconds: 1 }, logger)
  const log = await AuditLog.open({ db, logger, signer, disk: { hasRoom: () => true }, heads })
  log.stop()
  await log.flush()
}

function tell({ size }: HandedOver, from: NoteSigner, to: NoteSigner): void {
  say(`the audit log is signed with a new key from entry ${size} on
  before: ${from.verifier.text}
  now:    ${to.verifier.text}`)
}
