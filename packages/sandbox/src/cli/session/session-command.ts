import { type Command, InvalidArgumentError, Option } from 'commander'
import type { SessionFlags } from './session-flags.ts'

const DETAILS = `
The folder is the one that a program, or the service, gives as "sessionStore". What is shown is what was kept with a
session; it is opened, and its seal checked, only by a sandbox. A session that is open somewhere is not removed.

Exit codes:
  0    done                             2    wrong usage, or no such session
  70   the folder cannot be used, or the session is open

Examples:
  agentchat-sandbox session list --store ./sessions
  agentchat-sandbox session inspect --store ./sessions ada-1 --json
  agentchat-sandbox session remove --store ./sessions ada-1`

/** Adds `session` and what belongs to it to the command line. */
export function addSessionCommand(program: Command, finish: (exitCode: number) => void): void {
  const session = program
    .command('session')
    .summary('see and remove kept sessions')
    .description('Sessions: the state of Python, kept in a folder, for a sandbox to go on with.')
    .helpCommand(false)
    .addHelpText('after', DETAILS)
  withStore(session.command('list'), 'list the sessions', 'Lists the sessions that a folder holds.')
    .option('--json', 'print them as JSON')
    .action(async (flags: SessionFlags) => {
      const { listSessions } = await import('./sessions.ts')
      finish(await listSessions(flags))
    })
  withStore(session.command('inspect'), 'show a session', 'Shows what was kept with a session.')
    .argument('<id>', 'id of the session')
    .option('--json', 'print it as JSON')
    .action(async (id: string, flags: SessionFlags) => {
      const { inspectSession } = await import('./sessions.ts')
      finish(await inspectSession(id, flags))
    })
  withStore(session.command('remove'), 'remove sessions', 'Removes sessions for ever.')
    .argument('<ids...>', 'ids of sessions')
    .action(async (ids: string[], flags: SessionFlags) => {
      const { removeSessions } = await import('./sessions.ts')
      finish(await removeSessions(ids, flags))
    })
}

function withStore(command: Command, summary: string, description: string): Command {
  const folder = new Option('-s, --store <folder>', 'folder with the sessions').argParser((text) => {
    if (text === '') throw new InvalidArgumentError('it must be the name of a folder.')
    return text
  })
  return command
    .summary(summary)
    .description(description)
    .addOption(folder.makeOptionMandatory())
    .option('--owner <label>', 'only sessions of this owner')
    .addHelpText('after', DETAILS)
}
