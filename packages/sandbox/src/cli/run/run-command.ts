import { UsageError } from 'agentchat-sandbox-base/command/outcome'
import {
  addLimitFlags,
  addPackageFlags,
  addPermissionFlags,
  parseNumber,
} from 'agentchat-sandbox-base/command/sandbox-flags'
import { addSecretFlags } from 'agentchat-sandbox-base/command/secret-flags'
import type { Command } from 'commander'
import type { RunFlags } from './run-flags.ts'

const DETAILS = `
Python's standard output and error come out as they are written. Nothing is allowed that is not granted;
a grant without a list allows everything of its kind. Write a list with "=": --allow-net=example.com,1.2.3.4

Exit codes:
  0    Python came to its end           124  stopped at --timeout or --cpu
  1    Python raised an exception       137  stopped at --memory
  2    wrong usage, unreadable file     130  interrupted with Ctrl-C (143: ended by SIGTERM)
  70   the sandbox itself failed        141  nobody reads the output any more
A program that ends itself by sys.exit(n) gives n instead; with --json it is 1, and the document has n.

Examples:
  agentchat-sandbox run -c 'import sys; print(sys.argv)' -- one two
  agentchat-sandbox run script.py --timeout 5 --memory 128
  agentchat-sandbox run script.py --stdin data.csv
  agentchat-sandbox run analysis.py --auto-install
  agentchat-sandbox run plot.py --file data.csv --out results
  generate-code | agentchat-sandbox run - --json
  agentchat-sandbox run script.py --dry-run --allow-net=example.com
  agentchat-sandbox run --batch programs.jsonl --timeout 10 > results.jsonl

Each line of a batch is a program as a JSON string, or an object with "code" and what it is given: "id", "args",
"globals", "stdin", "files", "timeoutSeconds", "cpuSeconds", "memoryLimitMb". Each has a fresh interpreter, but
not each a fresh process. The exit code is 1 when at least one failed.`

/** Adds `run` to the command line. */
export function addRunCommand(program: Command, finish: (exitCode: number) => void): void {
  const command = program
    .command('run')
    .summary('run a Python program')
    .description('Runs a Python program: a file, the text after -c, or standard input.')
    .usage('[options] [file | -] [-- arguments of the program]')
    .argument('[file]', 'file with the program; "-" reads it from standard input')
    .argument('[arguments...]', 'after "--": what sys.argv holds after its first')
    .option('-c, --code <code>', 'the program itself')
  addLimitFlags(command)
  command
    .option('--stdin <file>', 'what input() and sys.stdin read; "-" passes our standard input on')
    .option('-f, --file <file>', 'a file that Python finds in its working folder; repeat for more', addFile)
    .option('-o, --out <folder>', 'where to save the files that Python made in its working folder')
  command
    .option(
      '--batch <file>',
      'many programs, as JSON Lines; "-" reads standard input; results are JSON Lines, too',
    )
    .option('--concurrency <n>', 'programs of a batch at a time (default: one for each core)', parseNumber)
  command.option('--dry-run', 'read the program without running it, and say what it seems to need')
  addPackageFlags(command)
  command.option('--json', 'print the whole result as one JSON document, and nothing else')
  addPermissionFlags(command)
  addSecretFlags(command)
  command
    .showHelpAfterError('("agentchat-sandbox run --help" explains)')
    .addHelpText('after', DETAILS)
    .action(async (_file, _arguments, flags: RunFlags) => {
      const { file, args } = splitOperands(command.args, program.args)
      const { run } = await import('./run.ts')
      finish(await run({ file, args, flags }))
    })
}

/**
 * Divides what is no option into the file and the arguments of the program. Commander drops the "--" that stands
 * between them, so it is looked up in what came in.
 */
function splitOperands(
  operands: readonly string[],
  raw: readonly string[],
): { file: string | undefined; args: string[] } {
  const dashes = raw.indexOf('--')
  const passed = dashes < 0 ? 0 : raw.length - dashes - 1
  const own = operands.slice(0, operands.length - passed)
  if (own.length > 1) {
    throw new UsageError(`one program at a time, got "${own.join('" "')}"; its arguments come after "--"`)
  }
  const [file] = own
  return { file, args: operands.slice(own.length) }
}

function addFile(path: string, before: readonly string[] = []): readonly string[] {
  return [...before, path]
}
