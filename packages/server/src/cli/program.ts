import { newProgram } from 'agentchat-sandbox-base/command/program'
import type { Command } from 'commander'
import { addAgentCommand } from './agent-command.ts'
import { addServeCommand } from './serve-command.ts'
import { readVersion } from './version.ts'

const EXAMPLES = `
Examples:
  agentchat-sandbox-server serve                       start the HTTP service
  agentchat-sandbox-server serve --port 9000           on another port
  agentchat-sandbox-server serve --print-config        see the configuration that holds
  agentchat-sandbox-server agent "a task"              have an agent of the service solve a task

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
  addAgentCommand(program, finish)
  return program
}
