import type { Command } from 'commander'
import type { ServeFlags } from './serve-flags.ts'

const DETAILS = `
The first start makes the administrator and prints how to sign in, once. All settings are variables too;
"serve --print-config" shows each with its name and what holds now, secrets masked. The important ones:

  AGENTCHAT_HOST, AGENTCHAT_PORT   where to listen (127.0.0.1:8787)
  AGENTCHAT_DATA_DIR               where the data is kept (./data)
  DATABASE_URL                     a PostgreSQL server, instead of the embedded database
  AGENTCHAT_OIDC_ISSUER            a provider of OpenID Connect to sign in with
  AGENTCHAT_MODEL_BASE_URL, AGENTCHAT_MODEL, AGENTCHAT_MODEL_API_KEY
                                   a language model for agents of everybody
  AGENTCHAT_KEEP_EXECUTIONS_DAYS   how long executions are kept with their results (90)
  AGENTCHAT_KEEP_AUDIT_DAYS        how long entries of the audit are kept (365)
  AGENTCHAT_SECRET_KEY             32 bytes in base64 that seal secrets, instead of a file in the data folder

The first SIGTERM or Ctrl-C lets executions end within AGENTCHAT_GRACE_SECONDS, the second ends everything.`

/** Adds `serve` to the command line. */
export function addServeCommand(program: Command, finish: (exitCode: number) => void): void {
  program
    .command('serve')
    .summary('start the HTTP service')
    .description('Starts the HTTP service: users, tools and executions over HTTP.')
    .option('--host <address>', 'address to listen on (default: 127.0.0.1)')
    .option('--port <number>', 'port to listen on; 0 for a free one (default: 8787)')
    .option('--data-dir <folder>', 'where the data is kept (default: ./data)')
    .option(
      '--image <name>',
      'the image that code starts from, of "agentchat-sandbox image build" (default: base)',
    )
    .option('--nats <urls>', 'run code on machines that are reached over NATS; see docs/scale.md')
    .option('--log-level <level>', 'debug, info, warn, error or silent (default: info)')
    .option('--print-config', 'print the configuration that holds, and end')
    .option(
      '--rotate-key',
      'make a new key file, seal every secret anew, and end; no service may use the folder',
    )
    .showHelpAfterError('("agentchat-sandbox-server serve --help" explains)')
    .addHelpText('after', DETAILS)
    .action(async (flags: ServeFlags) => {
      if (flags.rotateKey) {
        const { rotateKey } = await import('./rotate-key.ts')
        finish(await rotateKey(flags))
        return
      }
      const { serve } = await import('./serve.ts')
      finish(await serve(flags))
    })
}
