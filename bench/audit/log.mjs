// The audit log of an embedded database with so many entries: what it costs to write, to verify and to prove.
// node log.mjs <entries>. Prints JSON.
import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { newId, openDatabase } from '../../packages/server/build/db/index.js'
import { insertEvents } from '../../packages/server/build/db/queries/audit.js'
import { recordEnd, recordStart } from '../../packages/server/build/db/queries/executions.js'
import { insertHolders } from '../../packages/server/build/db/queries/quota-usage.js'
import { rowOf } from '../../packages/server/build/services/audit/audit-event.js'
import { AuditLog } from '../../packages/server/build/services/audit/audit-log.js'
import { beginningOf, endOfDeed } from '../../packages/server/build/services/audit/deed-record.js'
import { exportFolder } from '../../packages/server/build/services/audit/export/export-folder.js'
import { folderReader } from '../../packages/server/build/services/audit/export/folder-reader.js'
import { HeadPublisher } from '../../packages/server/build/services/audit/head-publisher.js'
import { proofOfExecution } from '../../packages/server/build/services/audit/proof.js'
import { newSignerText, parseSigner } from '../../packages/server/build/services/audit/tlog/signed-note.js'
import { databaseReader } from '../../packages/server/build/services/audit/verify/database-reader.js'
import { verifyLog } from '../../packages/server/build/services/audit/verify/verify-log.js'
import { ListedSecrets } from '../../packages/server/build/services/listed-secrets.js'

const VERIFIER = fileURLToPath(new URL('../../packages/server/verifier/verify_audit.py', import.meta.url))
const PART = 1024
const EXECUTIONS = 300
const PROOFS = 50

const count = Number(process.argv[2])
const folder = mkdtempSync(join(tmpdir(), 'agentchat-bench-audit-'))
const database = await openDatabase({ folder: join(folder, 'data') })
const { db } = database
const logger = { info() {}, warn() {}, error: (...told) => console.error(...told), debug() {} }
const signer = parseSigner(newSignerText('agentchat-sandbox/bench'))
const disk = { hasRoom: () => true }
const heads = new HeadPublisher({ everySeconds: 60 }, logger)
const log = await AuditLog.open({ db, logger, signer, disk, heads })
const place = { instance: 'bench', listed: new ListedSecrets() }
const demand = {
  holders: [
    { holder: 'user usr_1', running: 1e6, agentRuns: 1e6, perMinute: 1e6, cpuMs: 1e12, storedBytes: 1e12 },
  ],
  ...{ running: 1, agentRuns: 0, begins: true, room: 5 },
}
await insertHolders(db, ['user usr_1'])
const options = { verifiers: [signer.verifier], isKeyApart: true }
try {
  const execution = await executionMs()
  const wrote = await timed(async () => {
    for (let n = 0; n < count; n += PART) {
      const rows = Array.from({ length: Math.min(PART, count - n) }, (_, at) => eventOf(n + at))
      await insertEvents(db, rows)
      await log.flush()
    }
  })
  const verified = await timed(async () => await verifyLog(databaseReader(db), options))
  const proofs = []
  for (let n = 0; n < PROOFS; n += 1) {
    const id = `exe_${Math.floor(Math.random() * count)}`
    proofs.push((await timed(async () => await proofOfExecution(db, id))).ms)
  }
  const path = join(folder, 'export')
  const exported = await timed(async () => await exportFolder(databaseReader(db), path, signer.verifier.text))
  const ofFolder = await timed(async () => await verifyLog(await folderReader(path), options))
  writeFileSync(join(folder, 'proof'), await proofOfExecution(db, `exe_${count >> 1}`))
  const { value, ms, cpuMs } = verified
  console.log(
    JSON.stringify({
      ...{ entries: value.size, ok: value.ok && ofFolder.value.ok, execution, proofs },
      ...{ writeMs: wrote.ms, database: { ms, cpuMs }, exportMs: exported.ms },
      folder: { ms: ofFolder.ms, cpuMs: ofFolder.cpuMs },
      foreign: foreignProofMs(join(folder, 'proof')),
      foreignExport: count <= 200_000 ? foreign([path]) : null,
    }),
  )
} finally {
  await log.close()
  await database[Symbol.asyncDispose]()
  rmSync(folder, { recursive: true })
}

/** What the statements take that record the beginning and the end of an execution, in milliseconds. */
async function executionMs() {
  const who = { userId: 'usr_1', apiKeyId: null, requestId: 'r', source: '192.0.2.1' }
  const samples = []
  for (let n = 0; n < EXECUTIONS; n += 1) {
    const id = newId('exe')
    const started = performance.now()
    const deed = { action: 'execution.create', resourceId: id, detail: {} }
    const { open, begin } = beginningOf(place, { who, deed, executionId: id })
    const row = { id, userId: 'usr_1', apiKeyId: null, toolId: null, toolVersion: null, instance: 'bench' }
    const execution = { ...row, status: 'running', code: '"1"', options: '{}', recordBytes: 5 }
    await recordStart(db, { ...begin, execution, demand })
    const end = {
      status: 'success',
      record: '{}',
      recordBytes: 2,
      failure: null,
      cpuMs: 1,
      bytes: 1,
      fileBytes: 0,
    }
    const event = endOfDeed(open, { outcome: 'success' })
    if ((await recordEnd(db, row, { end, event })) === null)
      throw new Error('Cannot measure: no end was recorded')
    samples.push(performance.now() - started)
    log.nudge()
  }
  return samples
}

function eventOf(n) {
  const time = new Date(1_790_000_000_000 + n).toISOString()
  const run = {
    ...{ codeSha256: 'a'.repeat(64), limits: { timeoutSeconds: 60, memoryLimitMb: 512 }, image: 'base' },
    ...{ walls: ['deno', 'bubblewrap'], used: [], denied: [], error: null },
    granted: { env: false, read: false, write: false, net: false, run: false, ffi: false },
    usage: {
      wallMs: 1.5,
      cpuMs: 2,
      queueMs: 0,
      startMs: 0.1,
      packagesMs: 0,
      peakMemoryBytes: 9e7,
      stdoutBytes: 2,
    },
  }
  return rowOf({
    ...{ deed: newId('aud'), instance: 'bench', begun: time, time, phase: 'end', outcome: 'success' },
    ...{ actor: `usr_${n % 100}`, apiKey: 'key_1', source: '192.0.2.1', request: `r${n}` },
    ...{ action: 'execution.create', resource: `exe_${n}`, execution: `exe_${n}`, detail: {}, run },
  })
}

async function timed(work) {
  const [started, before] = [performance.now(), process.cpuUsage()]
  const value = await work()
  const { user, system } = process.cpuUsage(before)
  return { value, ms: performance.now() - started, cpuMs: (user + system) / 1000 }
}

/** How long the other verifier takes for a proof, in a process that runs already; null where it is not there. */
function foreignProofMs(path) {
  const program = `import sys, time
sys.path.insert(0, sys.argv[1])
import verify_audit
started = time.perf_counter()
verify_audit.verify_proof(open(sys.argv[3]).read(), verify_audit.Key(sys.argv[2]))
print((time.perf_counter() - started) * 1000)`
  const args = ['-c', program, dirname(VERIFIER), signer.verifier.text, path]
  const { status, stdout } = spawnSync('python3', args, { encoding: 'utf8' })
  return status === 0 ? Number(stdout) : null
}

/** How long the other verifier takes, with its start; null where Python or its package is not there. */
function foreign(args) {
  const started = performance.now()
  const { status } = spawnSync('python3', [VERIFIER, '--key', signer.verifier.text, ...args])
  return status === 0 ? performance.now() - started : null
}
