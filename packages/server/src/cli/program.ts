import { newProgram } from 'agentchat-sandbox-base/command/program'
import type { Command } from 'commander'
import { addAgentCommand } from './agent-command.ts'
import { addAuditCommand } from './audit-command.ts'
import { addNatsConfigCommand, addWorkerCommand } from './machine-commands.ts'
import { addServeCommand } from './serve-command.ts'
import { readVersion } from './version.ts'

const EXAMPLES = `
Examples:
  agentchat-sandbox-server serve                       start the HTTP service
  agentchat-sandbox-server serve --port 9000           on another port
  agentchat-sandbox-server serve --print-config        see the configuration that holds
  agentchat-sandbox-server agent "a task"              have an agent of the service solve a task
  agentchat-sandbox-server audit verify                hold the audit log against what was signed

"agentchat-sandbox-server help <command>" explains a command.`

/** The whole command line. `finish` is told the exit code of the command that ran. */
export function createProgram(finish: (exitCode: number) => void): Command {
  const program = newProgram({
    name: 'agentchat-sandbox-server',
    description:
      'Serves untrusted Python over HTTP: users, tools, sessions, executions and a record of all of it.',
    version: readVersion(),
    examples: EXAMPLES,
  })
  addServeCommand(program, finish)
  addWorkerCommand(program, finish)
  addNatsConfigCommand(program, finish)
  addAgentCommand(program, finish)
  addAuditCommand(program, finish)
  return program
}
