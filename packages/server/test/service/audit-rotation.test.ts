import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { sql } from 'drizzle-orm'
import { afterAll, describe, expect, test } from 'vitest'
import { type Database, openDatabase } from '../../src/db/index.ts'
import { insertEvents } from '../../src/db/queries/audit.ts'
import { auditHeadOf } from '../../src/db/queries/audit-log.ts'
import { silentLogger } from '../../src/logger.ts'
import { AuditLog } from '../../src/services/audit/audit-log.ts'
import { exportFolder } from '../../src/services/audit/export/export-folder.ts'
import { folderReader } from '../../src/services/audit/export/folder-reader.ts'
import { handOver } from '../../src/services/audit/hand-over.ts'
import { readHead } from '../../src/services/audit/log-head.ts'
import { proofOfExecution } from '../../src/services/audit/proof.ts'
import { signCheckpoint } from '../../src/services/audit/tlog/checkpoint.ts'
import { signHandover } from '../../src/services/audit/tlog/handover.ts'
import { KeyRing } from '../../src/services/audit/tlog/key-ring.ts'
import { type NoteSigner, newSignerText, parseSigner } from '../../src/services/audit/tlog/signed-note.ts'
import { openProof } from '../../src/services/audit/tlog/tlog-proof.ts'
import { databaseReader } from '../../src/services/audit/verify/database-reader.ts'
import { verifyLog } from '../../src/services/audit/verify/verify-log.ts'
import { heads } from './audit/log-of-service.ts'
import { eventRow } from './fixtures/audit-changes.ts'
import { postgresBinaries, startPrivatePostgres } from './fixtures/private-postgres.ts'

const VERIFIER = fileURLToPath(new URL('../../verifier/verify_audit.py', import.meta.url))
const hasPython = spawnSync('python3', ['-c', 'import cryptography']).status === 0
const binaries = postgresBinaries()
const postgres = binaries === null ? null : startPrivatePostgres(binaries)
const root = mkdtempSync(join(tmpdir(), 'acs-audit-rotation-'))
afterAll(() => {
  postgres?.[Symbol.dispose]()
  rmSync(root, { recursive: true, force: true })
})

const newSigner = () => parseSigner(newSignerText('agentchat-sandbox/rotated')) ?? expect.unreachable()
const [first, second, third] = [newSigner(), newSigner(), newSigner()]

async function grow(db: Database, log: AuditLog, count: number): Promise<string> {
  const { size } = await auditHeadOf(db)
  await insertEvents(
    db,
    Array.from({ length: count }, (_, n) => eventRow(size + n)),
  )
  await log.flush()
  return (await auditHeadOf(db)).checkpoint ?? ''
}

/** What the other verifier says with this key. */
function foreign({ verifier }: NoteSigner, ...args: string[]): string {
  return spawnSync('python3', [VERIFIER, '--key', verifier.text, ...args], { encoding: 'utf8' }).stdout
}

class Undone extends Error {}

describe.each(postgres === null ? ['embedded'] : ['embedded', 'PostgreSQL'])(
  'a log that is handed over (%s)',
  (kind) => {
    test('is verified whole with any of its keys, and a service that runs takes the new one', async () => {
      const folder = mkdtempSync(join(root, 'log-'))
      const place =
        kind === 'embedded' ? { folder: join(folder, 'data') } : { url: postgres?.newDatabase() ?? '' }
      await using database = await openDatabase(place)
      const { db } = database
      const options = { db, logger: silentLogger, disk: { hasRoom: () => true }, signer: first }
      let known: NoteSigner = first
      const log = await AuditLog.open({ ...options, heads: heads(), signerFor: () => known })
      const told = [await grow(db, log, 300)]
      const proof = await proofOfExecution(db, 'exe_9')

      const turn = { instance: 'test' }
      await expect(handOver(db, { ...turn, from: second, to: third })).rejects.toThrow('it is signed with')
      const done = await handOver(db, { ...turn, from: first, to: second })
      expect(done.size).toBe(300)
      told.push(done.handover, done.checkpoint)
      // Of two who do it at once, the second one finds that it is done.
      await expect(handOver(db, { ...turn, from: first, to: third })).rejects.toThrow('it is signed with')
      await expect(handOver(db, { ...turn, from: second, to: first })).rejects.toThrow(
        'has signed the log before',
      )
      await expect(AuditLog.open({ ...options, heads: heads() })).rejects.toThrow(
        'every service on a database',
      )

      // The service that runs has the old key alone: what it records waits, until it finds the new one.
      await expect(grow(db, log, 10)).rejects.toThrow('it is signed with')
      expect(
        (await verifyLog(databaseReader(db), { verifiers: [first.verifier], isKeyApart: true })).waiting,
      ).toBe(10)
      known = second
      told.push(await grow(db, log, 10))
      expect(log.verifier.text).toBe(second.verifier.text)
      known = third
      told.push(
        (await handOver(db, { ...turn, from: second, to: third })).checkpoint,
        await grow(db, log, 600),
      )
      const { size } = await auditHeadOf(db)
      expect(size).toBe(924)
      await log.close()

      const tiles = join(folder, 'tiles')
      await exportFolder(databaseReader(db), tiles, third.verifier.text)
      const headFile = join(folder, 'heads')
      writeFileSync(headFile, told.map((note) => `${note}\n`).join(''))
      const proofFile = join(folder, 'proof')
      writeFileSync(proofFile, proof ?? '')
      const handovers = await databaseReader(db).handovers()
      for (const trusted of [first, second, third]) {
        for (const reader of [databaseReader(db), await folderReader(tiles)])
          expect(
            await verifyLog(reader, { verifiers: [trusted.verifier], isKeyApart: true, heads: told }),
          ).toMatchObject({
            ok: true,
            problems: [],
            size,
            checked: size,
            heads: 6,
            handovers: 2,
            trust: 'external',
          })
        expect(openProof(proof ?? '', new KeyRing([trusted.verifier], handovers))?.index).toBe(9)
        if (!hasPython) continue
        expect(foreign(trusted, '--heads', headFile, tiles)).toBe(`ok: ${size} entries from 0 on, 6 heads\n`)
        const args = ['--proof', proofFile, '--handovers', join(tiles, 'handovers')]
        expect(foreign(trusted, ...args)).toContain('"exe_9"')
      }
      expect(openProof(proof ?? '', new KeyRing([third.verifier]))).toBeNull()
      if (hasPython) expect(foreign(newSigner(), tiles)).toMatch(/^bad: /)
    })

    test('is found to be changed when its hand-overs are', async () => {
      const folder = mkdtempSync(join(root, 'log-'))
      const place =
        kind === 'embedded' ? { folder: join(folder, 'data') } : { url: postgres?.newDatabase() ?? '' }
      await using database = await openDatabase(place)
      const { db } = database
      const options = { db, logger: silentLogger, disk: { hasRoom: () => true } }
      const log = await AuditLog.open({ ...options, heads: heads(), signer: first, signerFor: () => second })
      await grow(db, log, 5)
      const { size, handover } = await handOver(db, { from: first, to: second, instance: 'test' })
      await grow(db, log, 5)
      const { edge } = await readHead(db)
      const head = { origin: first.verifier.name, size: edge.size, root: edge.root() }
      const before = { ...head, size }
      const changes: Readonly<Record<string, (tx: Database) => Promise<unknown>>> = {
        'its row is gone': async (tx) => await tx.execute(sql`update audit_keys set checkpoint = null`),
        'it stands elsewhere': async (tx) =>
          await tx.execute(
            sql`update audit_keys set checkpoint = replace(checkpoint, ${`\n${size}\n`}, ${`\n${size + 1}\n`})`,
          ),
        'the old key signs on': async (tx) =>
          await tx.execute(sql`update audit_head set checkpoint = ${signCheckpoint(head, [first])}`),
        'the old key hands over once more': async (tx) =>
          await tx.execute(
            sql`insert into audit_keys (verifier, size, checkpoint)
            values (${third.verifier.text}, 6, ${signHandover({ ...before, size: 6 }, first, third)})`,
          ),
        'it is cut back to the hand-over': async (tx) => {
          await tx.execute(sql`delete from audit_entries where index >= ${size}`)
          await tx.execute(sql`update audit_head set size = ${size}, checkpoint = ${handover}`)
        },
        'it is handed over to somebody else': async (tx) => {
          const stolen = signHandover(before, first, third)
          await tx.execute(sql`update audit_keys set checkpoint = ${stolen} where checkpoint is not null`)
          await tx.execute(sql`update audit_head set checkpoint = ${signCheckpoint(head, [third])}`)
        },
      }
      const missed: string[] = []
      for (const [name, change] of Object.entries(changes)) {
        const work = async (tx: Database) => {
          await change(tx)
          const tiles = join(folder, name)
          await exportFolder(databaseReader(tx), tiles, second.verifier.text)
          for (const trusted of [first, second]) {
            const by = { verifiers: [trusted.verifier], isKeyApart: true }
            const { ok } = await verifyLog(databaseReader(tx), by)
            // A log that ends where the old key has signed it is no other one for who knows that key alone.
            if (ok && !(name.includes('cut') && trusted === first)) missed.push(name)
            if (hasPython && foreign(trusted, tiles).startsWith('ok') && !name.includes('cut'))
              missed.push(`${name}: foreign`)
          }
          throw new Undone()
        }
        await db.transaction(work).catch((error: unknown) => {
          if (!(error instanceof Undone)) throw error
        })
      }
      expect(missed).toEqual([])
      expect(
        await verifyLog(databaseReader(db), { verifiers: [first.verifier], isKeyApart: true }),
      ).toMatchObject({
        ...{ ok: true, handovers: 1 },
      })
      await log.close()
    })
  },
)
