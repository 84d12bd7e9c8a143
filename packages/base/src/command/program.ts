import { Command, CommanderError } from 'commander'
import { EXIT_USAGE } from './outcome.ts'
import { hasColours, paint } from './terminal.ts'

/** What a command is, beside its subcommands. */
export interface ProgramFacts {
  readonly name: string
  readonly description: string
  readonly version: string
  /** What stands below the help. */
  readonly examples: string
}

/** A command line with our way of help, versions and errors; the subcommands are still to be added. */
export function newProgram({ name, description, version, examples }: ProgramFacts): Command {
  return (
    new Command(name)
      .description(description)
      .version(version, '-V, --version', 'print the version')
      .helpOption('-h, --help', 'print this help')
      .helpCommand('help [command]', 'explain a command')
      .addHelpText('after', examples)
      .configureHelp({
        helpWidth: Math.min(process.stdout.columns ?? 100, 100),
        styleTitle: (title) => paint(process.stdout).bold(title),
      })
      .configureOutput({
        getOutHasColors: () => hasColours(process.stdout),
        getErrHasColors: () => hasColours(process.stderr),
        outputError: (text, write) => write(text.replace(/^error: /, `${name}: `)),
      })
      // What follows the command belongs to it, "--" included.
      .enablePositionalOptions()
      .showHelpAfterError(`("${name} --help" shows what is there)`)
      .exitOverride()
  )
}

/**
 * Runs the command line of this process and sets its exit code. `describe` says what to tell about something that was
 * thrown, and which exit code that is.
 */
export async function runProgram(
  create: (finish: (exitCode: number) => void) => Command,
  describe: (error: unknown) => { exitCode: number; message: string },
  say: (message: string) => void,
): Promise<void> {
  // A reader that has gone (`| head`) is noticed where something is written; without this it would be a crash.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {})
  try {
    await create((exitCode) => {
      process.exitCode = exitCode
    }).parseAsync()
  } catch (error) {
    // Commander has said what is wrong; help and version are no failure.
    if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : EXIT_USAGE
    else {
      const { exitCode, message } = describe(error)
      process.exitCode = exitCode
      say(message)
    }
  }
}
