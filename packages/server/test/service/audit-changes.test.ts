import { execFile, spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { promisify } from 'node:util'
import { afterAll, expect, test } from 'vitest'
import type { Database } from '../../src/db/index.ts'
import { insertEvents } from '../../src/db/queries/audit.ts'
import { auditHeadOf, raiseMinimumIndex } from '../../src/db/queries/audit-log.ts'
import { exportFolder } from '../../src/services/audit/export/export-folder.ts'
import { folderReader } from '../../src/services/audit/export/folder-reader.ts'
import { forgetOldEntries } from '../../src/services/audit/forget-old.ts'
import { proofOfExecution } from '../../src/services/audit/proof.ts'
import { KeyRing } from '../../src/services/audit/tlog/key-ring.ts'
import { openProof } from '../../src/services/audit/tlog/tlog-proof.ts'
import { databaseReader } from '../../src/services/audit/verify/database-reader.ts'
import { verifyLog } from '../../src/services/audit/verify/verify-log.ts'
import { CHANGES, type Changed, eventRow } from './fixtures/audit-changes.ts'
import { AUDIT_KEY, describeService } from './fixtures/service.ts'

/** So many changes of each database; 1,000 of them are a figure: `npm run bench -- --only audit-changes`. */
const COUNT = Number(process.env.AGENTCHAT_TEST_AUDIT_CHANGES ?? 33)
const SEED = Number(process.env.AGENTCHAT_TEST_AUDIT_SEED ?? Date.now() % 1_000_000)
const VERIFIER = fileURLToPath(new URL('../../verifier/verify_audit.py', import.meta.url))
const hasPython = spawnSync('python3', ['-c', 'import cryptography']).status === 0
if (!hasPython) console.warn('python3-cryptography is not installed: the other verifier is not tested')

const root = mkdtempSync(join(tmpdir(), 'acs-audit-'))
afterAll(() => rmSync(root, { recursive: true, force: true }))

/** Whole numbers that are the same for the same seed (mulberry32). */
function randomOf(seed: number): (below: number) => number {
  let state = seed
  return (below) => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below
  }
}

/** What the other verifier says of each folder. */
async function foreign(wanted: readonly string[], heads?: string): Promise<string[]> {
  const remembered = heads === undefined ? [] : ['--heads', heads]
  const args = [VERIFIER, '--key', AUDIT_KEY.verifier.text, ...remembered, ...wanted]
  const { stdout } = await promisify(execFile)('python3', args, { maxBuffer: 2 ** 26 }).catch(
    (error: { stdout: string; stderr: string }) => (error.stderr === '' ? error : Promise.reject(error)),
  )
  return stdout.trimEnd().split('\n')
}

class Undone extends Error {}

describeService('an audit log that somebody changes', (service) => {
  test(`is found to be changed by both verifiers, whatever was changed (seed ${SEED})`, async () => {
    const { db, auditLog } = service().services.context
    const heads = new Map<number, string>()
    for (const size of [300, 512, 640, 700]) {
      await auditLog.flush()
      const { size: before } = await auditHeadOf(db)
      await insertEvents(
        db,
        Array.from({ length: size - before }, (_, n) => eventRow(before + n)),
      )
      await auditLog.flush()
      const { checkpoint } = await auditHeadOf(db)
      heads.set(size, checkpoint ?? '')
    }
    const headFile = join(root, `heads-${(await auditHeadOf(db)).checkpoint?.length}`)
    writeFileSync(headFile, [...heads.values()].map((note) => `${note}\n`).join(''))
    const options = { verifiers: [AUDIT_KEY.verifier], isKeyApart: true, heads: [...heads.values()] }
    const { size } = await auditHeadOf(db)
    const folder = mkdtempSync(join(root, 'exports-'))

    const intact = join(folder, 'intact')
    await exportFolder(databaseReader(db), intact, AUDIT_KEY.verifier.text)
    for (const reader of [databaseReader(db), await folderReader(intact)])
      expect(await verifyLog(reader, options)).toMatchObject({
        ok: true,
        size,
        checked: size,
        trust: 'external',
        heads: 4,
      })
    if (hasPython)
      expect(await foreign([intact], headFile)).toEqual([`ok: ${size} entries from 0 on, 4 heads`])

    const random = randomOf(SEED)
    const kinds = Object.keys(CHANGES)
    const missed: string[] = []
    const folders: string[] = []
    for (let n = 0; n < COUNT; n += 1) {
      const kind = kinds[n % kinds.length] ?? ''
      const changed = join(folder, `${n}-${kind.replaceAll(' ', '-')}`)
      folders.push(changed)
      const work = async (tx: Database) => {
        await CHANGES[kind]?.({ db: tx, size, heads, signer: AUDIT_KEY, random } satisfies Changed)
        if ((await verifyLog(databaseReader(tx), options)).ok) missed.push(`${kind} in the database`)
        await exportFolder(databaseReader(tx), changed, AUDIT_KEY.verifier.text)
        throw new Undone()
      }
      await db.transaction(work).catch((error: unknown) => {
        if (!(error instanceof Undone)) throw error
      })
      if ((await verifyLog(await folderReader(changed), options)).ok) missed.push(`${kind} in the export`)
    }
    if (hasPython) {
      const said: string[] = []
      for (let at = 0; at < folders.length; at += 200)
        said.push(...(await foreign(folders.slice(at, at + 200), headFile)))
      expect(said).toHaveLength(COUNT)
      for (const [at, line] of said.entries())
        if (!line.startsWith('bad: ')) missed.push(`${folders[at]}: the other verifier says "${line}"`)
    }
    expect(missed).toEqual([])
    // All of it was undone.
    expect(await verifyLog(databaseReader(db), options)).toMatchObject({ ok: true, problems: [] })
  })

  test('is still what was signed when its first entries were kept long enough', async () => {
    const { context } = service().services
    const { db, auditLog } = context
    const options = { verifiers: [AUDIT_KEY.verifier], isKeyApart: true }
    const proof = await proofOfExecution(db, 'exe_600')
    expect(await forgetOldEntries(context, new Date(0))).toBe(0)
    expect(await forgetOldEntries(context, new Date(Date.now() + 1000))).toBe(512)
    expect(await forgetOldEntries(context, new Date(Date.now() + 1000))).toBe(0)
    expect((await verifyLog(databaseReader(db), options)).problems).toEqual([])
    const { size, minimumIndex } = await auditHeadOf(db)
    expect(minimumIndex).toBe(512)
    // What is left can be proved, and what was proved before stays so.
    const later = (await proofOfExecution(db, 'exe_600')) ?? expect.unreachable()
    for (const text of [proof ?? expect.unreachable(), later])
      expect(openProof(text, new KeyRing([AUDIT_KEY.verifier]))?.index).toBe(600)
    expect(await proofOfExecution(db, 'exe_300')).toBeNull()
    const folder = mkdtempSync(join(root, 'kept-'))
    await exportFolder(databaseReader(db), join(folder, 'a'), AUDIT_KEY.verifier.text)
    expect(await verifyLog(await folderReader(join(folder, 'a')), options)).toMatchObject({
      ok: true,
      minimumIndex,
    })
    writeFileSync(join(folder, 'proof'), later)
    if (hasPython) {
      expect(await foreign(['--proof', join(folder, 'proof')])).toEqual([
        expect.stringContaining('"exe_600"'),
      ])
      expect(await foreign([join(folder, 'a')])).toEqual([`ok: ${size} entries from 512 on, 0 heads`])
      writeFileSync(join(folder, 'proof'), later.replace('index 600', 'index 601'))
      expect(await foreign(['--proof', join(folder, 'proof')])).toEqual([expect.stringMatching(/^bad: /)])
    }
    // More is gone than the log says.
    await auditLog.flush()
    await raiseMinimumIndex(db, 640)
    const { problems } = await verifyLog(databaseReader(db), options)
    expect(problems).toMatchObject([{ index: 640, problem: expect.stringContaining('only up to 512') }])
  })
})
