import { readFileSync } from 'node:fs'
import { Command } from 'commander'
import { addDoctorCommand } from './doctor/doctor-command.ts'
import { addImageCommand } from './image/image-command.ts'
import { addRunCommand } from './run/run-command.ts'
import { addServeCommand } from './serve/serve-command.ts'
import { addSessionCommand } from './session/session-command.ts'
import { hasColours, paint } from './terminal.ts'

const EXAMPLES = `
Examples:
  agentchat-sandbox run -c 'print("hi")'        run a line of Python
  agentchat-sandbox run script.py --timeout 5   run a file, for at most five seconds
  agentchat-sandbox image list                  see the images that programs can start from
  agentchat-sandbox session list --store ./s    see the sessions that are kept in a folder
  agentchat-sandbox serve                       start the HTTP service
  agentchat-sandbox doctor                      see whether everything is in place

"agentchat-sandbox help <command>" explains a command.`

/** The whole command line. `finish` is told the exit code of the command that ran. */
export function createProgram(finish: (exitCode: number) => void): Command {
  const program = new Command('agentchat-sandbox')
    .description('Runs untrusted Python: real CPython in WebAssembly, in a process that may touch nothing.')
    .version(readVersion(), '-V, --version', 'print the version')
    .helpOption('-h, --help', 'print this help')
    .helpCommand('help [command]', 'explain a command')
    .addHelpText('after', EXAMPLES)
    .configureHelp({
      helpWidth: Math.min(process.stdout.columns ?? 100, 100),
      styleTitle: (title) => paint(process.stdout).bold(title),
    })
    .configureOutput({
      getOutHasColors: () => hasColours(process.stdout),
      getErrHasColors: () => hasColours(process.stderr),
      outputError: (text, write) => write(text.replace(/^error: /, 'agentchat-sandbox: ')),
    })
    // What follows the command belongs to it, "--" included.
    .enablePositionalOptions()
    .showHelpAfterError('("agentchat-sandbox --help" shows what is there)')
    .exitOverride()
  addRunCommand(program, finish)
  addImageCommand(program, finish)
  addSessionCommand(program, finish)
  addServeCommand(program, finish)
  addDoctorCommand(program, finish)
  return program
}

/** The version of this package. */
export function readVersion(): string {
  const manifest: unknown = JSON.parse(readFileSync(new URL('../../package.json', import.meta.url), 'utf8'))
  return typeof manifest === 'object' && manifest !== null && 'version' in manifest
    ? String(manifest.version)
    : 'unknown'
}
