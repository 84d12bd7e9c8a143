import type { Command } from 'commander'
import type { AgentFlags } from './agent-flags.ts'

const DETAILS = `
The service is at AGENTCHAT_URL, or where --url says (http://127.0.0.1:8787); AGENTCHAT_API_KEY holds a key of the scope
"execute". The answer is on standard output, what happens meanwhile on standard error. Ctrl-C cancels the run.

Exit codes: 0 answered, or replayed as recorded; 1 another end, or a replay that differs; 2 wrong use, or refused by the
service; 70 the service failed or is not there; 130 cancelled by Ctrl-C.

Examples:
  agentchat-sandbox-server agent "How many primes are below 10,000?"
  agentchat-sandbox-server agent --file sales.csv --tool convert "Which day was best, in euros?"
  agentchat-sandbox-server agent --approve send_mail "Tell Ada the total"
  agentchat-sandbox-server agent --replay agt_0mi9q2x4kd1e2f3g4h5j6k7l8`

const several = (value: string, before: readonly string[]) => [...before, value]

/** Adds `agent` to the command line. */
export function addAgentCommand(program: Command, finish: (exitCode: number) => void): void {
  program
    .command('agent')
    .summary('have an agent of the service solve a task')
    .description('Has an agent of a running service solve a task, and shows what it does.')
    .argument('[task]', 'the task; "-" reads it from standard input')
    .option('--url <url>', 'where the service is')
    .option('--model <name>', 'the model, where there are several')
    .option('--tool <name>', 'a stored tool that its code may call; may be repeated', several, [])
    .option('--approve <name>', 'the same, and each call is asked for', several, [])
    .option('--file <path>', 'a file that its code finds in the working folder; may be repeated', several, [])
    .option('--session <id>', 'the session that its code runs in')
    .option('--max-steps <number>', 'turns of the model')
    .option('--max-seconds <number>', 'wall clock of the whole run')
    .option('--max-tokens <number>', 'of what the model is sent and gives')
    .option('--yes', 'allow every call that is asked for')
    .option('--json', 'print what happens as lines of JSON')
    .option('--replay <run>', 'replay a run without the model: its identifier, or a file with its JSON')
    .showHelpAfterError('("agentchat-sandbox-server agent --help" explains)')
    .addHelpText('after', DETAILS)
    .action(async (task: string | undefined, flags: AgentFlags) => {
      if (flags.replay !== undefined) {
        const { replay } = await import('./agent-replay.ts')
        finish(await replay(flags.replay, task, flags))
        return
      }
      const { agent } = await import('./agent.ts')
      finish(await agent(task, flags))
    })
}
