import type { Command } from 'commander'
import type { MachineFlags } from './worker.ts'

const WORKER_DETAILS = `
It has one connection, to NATS, and needs no database and no key but its own. Variables:

  AGENTCHAT_NATS_URL, AGENTCHAT_NATS_SEED, AGENTCHAT_NATS_CA
                                   where NATS is, the key that it knows this machine by, and the authority of its TLS
  AGENTCHAT_MACHINE_NAME           its name, which is in the settings of NATS (the name of the host)
  AGENTCHAT_POOL_MAX               how many executions run at a time (one for each core)
  AGENTCHAT_GRACE_SECONDS          how long those may go on that run when it is to end (600)

The first SIGTERM or Ctrl-C takes nothing new and lets executions end, the second ends everything.`

/** Adds `worker` to the command line. */
export function addWorkerCommand(program: Command, finish: (exitCode: number) => void): void {
  program
    .command('worker')
    .summary('run what services with "--nats" have to run')
    .description('Runs executions for services that were started with "--nats", as one of several machines.')
    .option('--nats <urls>', 'where NATS is: nats:// or tls:// URLs, separated by commas')
    .option('--name <name>', 'the name of this machine (default: the name of the host)')
    .option(
      '--image <name>',
      'the image that code starts from, the same as that of the services (default: base)',
    )
    .option('--slots <number>', 'executions at a time (default: one for each core)')
    .option('--log-level <level>', 'debug, info, warn, error or silent (default: info)')
    .showHelpAfterError('("agentchat-sandbox-server worker --help" explains)')
    .addHelpText('after', WORKER_DETAILS)
    .action(async (flags: MachineFlags) => {
      const { worker } = await import('./worker.ts')
      finish(await worker(flags))
    })
}

const NATS_DETAILS = `
Prints the settings of a NATS server, with a user for all services and one for each machine, each with the subjects that it
may use; and the seeds of their keys, which are secret. With --folder it writes them to files instead, each for its owner.

  agentchat-sandbox-server nats-config --machine worker-1 --machine worker-2 --folder nats`

/** Adds `nats-config` to the command line. */
export function addNatsConfigCommand(program: Command, finish: (exitCode: number) => void): void {
  const more = (name: string, names: string[] = []) => [...names, name]
  program
    .command('nats-config')
    .summary('print settings and keys for a NATS server')
    .description('Makes the settings of a NATS server for services with "--nats" and their machines.')
    .requiredOption('--machine <name>', 'the name of a machine; once for each', more)
    .option(
      '--folder <folder>',
      'write files there: nats-server.conf, service.seed, and a seed for each machine',
    )
    .showHelpAfterError('("agentchat-sandbox-server nats-config --help" explains)')
    .addHelpText('after', NATS_DETAILS)
    .action(async (flags: { machine: string[]; folder?: string }) => {
      const { natsConfig } = await import('./nats-config.ts')
      finish(natsConfig(flags))
    })
}
