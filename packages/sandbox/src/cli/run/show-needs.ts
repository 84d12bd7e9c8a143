import { EXIT_SUCCESS } from 'agentchat-sandbox-base/command/outcome'
import type { CodeNeeds } from '../../sandbox/index.ts'
import { EXIT_CODE_OF } from '../exit-codes.ts'
import { OutputPipe } from '../output-pipe.ts'
import type { RunFlags } from './run-flags.ts'

/** The flag that grants each thing, by the name of the option. */
const FLAGS: Readonly<Record<string, string>> = {
  packages: '--packages',
  allowNet: '--allow-net',
  allowRead: '--allow-read',
  allowWrite: '--allow-write',
  allowRun: '--allow-run',
  allowEnv: '--allow-env',
  allowFfi: '--allow-ffi',
}

/** Writes what a program seems to need, and gives the exit code: that of a syntax error where it cannot be run. */
export async function showNeeds(needs: CodeNeeds, { json }: Pick<RunFlags, 'json'>): Promise<number> {
  const stdout = new OutputPipe(process.stdout)
  await stdout.write(json ? `${JSON.stringify(needs, null, stdout.isTerminal ? 2 : 0)}\n` : textOf(needs))
  return needs.problem === null ? EXIT_SUCCESS : EXIT_CODE_OF.syntax
}

function textOf(needs: CodeNeeds): string {
  const { problem, imports, hidden, input, missing } = needs
  if (problem !== null) {
    const where = problem.line === null ? '' : ` (line ${problem.line})`
    return `It cannot be run${where}: ${shown(problem.message)}\n`
  }
  const kinds = ['packages', 'hosts', 'reads', 'writes', 'programs', 'variables', 'libraries'] as const
  const lines = [
    ...imports.map(({ module, line, where }) => row('import', module, { line, note: where })),
    ...kinds.flatMap((kind) =>
      needs[kind].map(({ name, line, granted }) =>
        row(kind, name, { line, note: granted ? 'granted' : 'not granted' }),
      ),
    ),
    ...hidden.map(({ name, line }) => row('hidden', `${name}()`, { line, note: 'may do more than is seen' })),
    ...(input ? ['It reads standard input.'] : []),
    ...Object.entries(missing).map(([option, names]) => grantOf(option, names)),
  ]
  return lines.length === 0 ? 'It seems to need nothing.\n' : `${lines.join('\n')}\n`
}

function row(kind: string, name: string, { line, note }: { line: number; note: string }): string {
  return `${kind.padEnd(10)} ${shown(name)}  line ${line}, ${note}`
}

function grantOf(option: string, names: readonly string[]): string {
  return `To grant it: ${FLAGS[option] ?? option}=${names.map(shown).join(',')}`
}

/** What a program names is shown as it stands, without what a terminal would obey. */
function shown(text: string): string {
  return text.replace(/[\p{C}\p{Zl}\p{Zp}]/gu, '\ufffd')
}
