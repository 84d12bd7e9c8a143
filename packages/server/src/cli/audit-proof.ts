import { readFileSync } from 'node:fs'
import { EXIT_SUCCESS, UsageError } from 'agentchat-sandbox-base/command/outcome'
import { proofOfExecution } from '../services/audit/proof.ts'
import { notesIn } from '../services/audit/tlog/checkpoint.ts'
import { KeyRing } from '../services/audit/tlog/key-ring.ts'
import { openProof } from '../services/audit/tlog/tlog-proof.ts'
import { auditConfig, auditVerifier, openAuditDatabase } from './audit-database.ts'
import type { AuditProofFlags } from './audit-flags.ts'
import { say } from './say.ts'

const EXIT_WRONG = 1

/** Prints the proof of an execution, or checks one; gives the exit code. */
export async function auditProof(execution: string | undefined, flags: AuditProofFlags): Promise<number> {
  const config = auditConfig(flags)
  if (flags.check !== undefined) {
    const verifier = auditVerifier(flags, config)
    if (verifier === null) throw new UsageError('say with --key which public key must have signed it')
    const handovers = flags.handovers === undefined ? [] : notesIn(readText(flags.handovers))
    const proved = openProof(readText(flags.check), new KeyRing([verifier], handovers))
    if (proved === null) say(`"${flags.check}" proves nothing under this key`)
    else process.stdout.write(`${proved.leaf.toString()}\n`)
    return proved === null ? EXIT_WRONG : EXIT_SUCCESS
  }
  if (execution === undefined) throw new UsageError('say which execution is to be proved, or --check a proof')
  await using database = await openAuditDatabase(config)
  const proof = await proofOfExecution(database.db, execution)
  if (proof === null) throw new UsageError(`the log has no entry of "${execution}"`)
  process.stdout.write(proof)
  return EXIT_SUCCESS
}

function readText(path: string): string {
  try {
    return readFileSync(path, 'utf8')
  } catch (error) {
    throw new UsageError(`cannot read "${path}"`, { cause: error })
  }
}
