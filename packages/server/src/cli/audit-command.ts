import type { Command } from 'commander'
import type { AuditExportFlags, AuditFlags, AuditQueryFlags, AuditVerifyFlags } from './audit-flags.ts'

const DETAILS = `
Reads the database of the configuration: that of DATABASE_URL, also while services use it, or the embedded one in the data
folder while none does. "verify --from" reads an export instead, and "GET /api/v1/audit" and what is below it do the same
over HTTP.

Exit codes: 0 done, and nothing wrong; 1 something is not as it was signed; 2 wrong use.

Examples:
  agentchat-sandbox-server audit verify --heads /var/lib/witness/heads
  agentchat-sandbox-server audit export --format tiles --to ./export
  agentchat-sandbox-server audit verify --from ./export --key "$(cat ./export/key)"
  agentchat-sandbox-server audit query --action user.sign-in --outcome refused
  agentchat-sandbox-server audit proof exe_0mi9q2x4ka1s2d3f4g5h6j7k8 > run.tlog-proof
  agentchat-sandbox-server audit proof --check run.tlog-proof --key "agentchat-sandbox/...+..."`

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
    .action(async (execution: string | undefined, flags: AuditFlags & { readonly check?: string }) => {
      const { auditProof } = await import('./audit-proof.ts')
      finish(await auditProof(execution, flags))
    })
}
