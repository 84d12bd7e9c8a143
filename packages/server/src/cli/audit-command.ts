import type { Command } from 'commander'
import type {
  AuditExportFlags,
  AuditProofFlags,
  AuditQueryFlags,
  AuditRotateKeyFlags,
  AuditVerifyFlags,
} from './audit-flags.ts'

const DETAILS = `
Reads the database of the configuration: that of DATABASE_URL, also while services use it, or the embedded one in the data
folder while none does. "verify --from" reads an export instead, and "GET /api/v1/audit" and what is below it do the same
over HTTP.

"rotate-key" makes a new key that signs the log from now on.

Exit codes: 0 done, and nothing wrong; 1 something is not as it was signed; 2 wrong use.

Examples:
  agentchat-sandbox-server audit verify --heads /var/lib/witness/heads
  agentchat-sandbox-server audit export --format tiles --to ./export
  agentchat-sandbox-server audit verify --from ./export --key "$(cat ./export/key)"
  agentchat-sandbox-server audit query --action user.sign-in --outcome refused
  agentchat-sandbox-server audit proof exe_0mi9q2x4ka1s2d3f4g5h6j7k8 > run.tlog-proof
  agentchat-sandbox-server audit proof --check run.tlog-proof --key "agentchat-sandbox/...+..."`

const ROTATION = `
The old key signs the last head before, which names the new key, and both sign it; the log says so (audit.rotate-key). Who
trusts the old public key can follow that to the new one: "audit verify --key <either>" verifies all of the log.

With the embedded database no service may use the folder. On a PostgreSQL server services may go on: those whose key is in
the same folder take the new one by themselves; the others record what is done, and sign again when they have it too.
What is broken off is ended by the next start, or by the same command. The old key stays as "audit.key.previous": a
backup of the database from before needs it.

Examples:
  agentchat-sandbox-server audit rotate-key
  agentchat-sandbox-server audit rotate-key --to new.key    then set AGENTCHAT_AUDIT_KEY to what is in new.key`

/** Adds `audit` to the command line. */
export function addAuditCommand(program: Command, finish: (exitCode: number) => void): void {
  const audit = program
    .command('audit')
    .summary('verify, query, export and prove the audit log')
    .description('Verifies, queries and exports the audit log, and proves entries of it.')
    .addHelpText('after', DETAILS)
  const added = (name: string, summary: string) =>
    audit
      .command(name)
      .description(summary)
      .option('--data-dir <folder>', 'where the data is kept (default: ./data)')
      .showHelpAfterError(`("agentchat-sandbox-server audit ${name} --help" explains)`)
  added('verify', 'Holds the log against its signed head, its key, and heads that were told to the outside.')
    .option('--from <folder>', 'an export, instead of the database')
    .option('--key <vkey>', 'the public key that must have signed it (default: that of the key file)')
    .option('--heads <file>', 'heads that were told earlier (default: AGENTCHAT_AUDIT_HEAD_FILE)')
    .option('--since <index>', 'read entries from this one on; the tree is built anew whole all the same')
    .option('--json', 'print the report as JSON')
    .action(async (flags: AuditVerifyFlags) => {
      const { auditVerify } = await import('./audit-verify.ts')
      finish(await auditVerify(flags))
    })
  added('query', 'Prints deeds as lines of JSON, newest first.')
    .option('--actor <id>', 'of this user')
    .option('--action <name>', 'such as user.sign-in')
    .option('--resource <id>', 'done with this thing')
    .option('--outcome <outcome>', 'open, success, error, refused or interrupted')
    .option('--since <time>', 'begun at this time or later (ISO 8601)')
    .option('--until <time>', 'begun before this time')
    .option('--text <text>', 'that hold this text')
    .option('--limit <number>', 'so many at most (default: 100)')
    .action(async (flags: AuditQueryFlags) => {
      const { auditQuery } = await import('./audit-query.ts')
      finish(await auditQuery(flags))
    })
  added('export', 'Writes the log: tiles and bundles into a folder, or lines to standard output.')
    .option('--format <format>', 'tiles, jsonl or csv (default: jsonl)')
    .option('--to <folder>', 'for tiles: a new folder')
    .action(async (flags: AuditExportFlags) => {
      const { auditExport } = await import('./audit-export.ts')
      finish(await auditExport(flags))
    })
  added('proof', 'Prints the proof that an execution is in the log, or checks one.')
    .argument('[execution]', 'its identifier')
    .option('--check <file>', 'check this proof, and print its entry')
    .option('--key <vkey>', 'the public key that must have signed it (default: that of the key file)')
    .option('--handovers <file>', 'of an export: they lead from this key to those before and after it')
    .action(async (execution: string | undefined, flags: AuditProofFlags) => {
      const { auditProof } = await import('./audit-proof.ts')
      finish(await auditProof(execution, flags))
    })
  added(
    'rotate-key',
    'Hands the log over from the key that signs it to a new one, and prints its public key.',
  )
    .option(
      '--to <file>',
      'where the key is that of AGENTCHAT_AUDIT_KEY: the file that the new one goes into',
    )
    .addHelpText('after', ROTATION)
    .action(async (flags: AuditRotateKeyFlags) => {
      const { auditRotateKey } = await import('./audit-rotate-key.ts')
      finish(await auditRotateKey(flags))
    })
}
