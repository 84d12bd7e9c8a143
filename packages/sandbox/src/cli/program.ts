import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { newProgram } from 'agentchat-sandbox-base/command/program'
import { ownTree } from 'agentchat-sandbox-base/disk/own-tree'
import type { Command } from 'commander'
import { addDoctorCommand } from './doctor/doctor-command.ts'
import { addImageCommand } from './image/image-command.ts'
import { addRunCommand } from './run/run-command.ts'
import { addSessionCommand } from './session/session-command.ts'

const EXAMPLES = `
Examples:
  agentchat-sandbox run -c 'print("hi")'        run a line of Python
  agentchat-sandbox run script.py --timeout 5   run a file, for at most five seconds
  agentchat-sandbox image list                  see the images that programs can start from
  agentchat-sandbox session list --store ./s    see the sessions that are kept in a folder
  agentchat-sandbox doctor                      see whether everything is in place

"agentchat-sandbox help <command>" explains a command.`

/** The whole command line. `finish` is told the exit code of the command that ran. */
export function createProgram(finish: (exitCode: number) => void): Command {
  const program = newProgram({
    name: 'agentchat-sandbox',
    description: 'Runs untrusted Python: real CPython in WebAssembly, in a process that may touch nothing.',
    version: readVersion(),
    examples: EXAMPLES,
  })
  addRunCommand(program, finish)
  addImageCommand(program, finish)
  addSessionCommand(program, finish)
  addDoctorCommand(program, finish)
  return program
}

/** The version of this package. */
export function readVersion(): string {
  const manifest: unknown = JSON.parse(
    readFileSync(join(ownTree(import.meta.url).packageFolder, 'package.json'), 'utf8'),
  )
  return typeof manifest === 'object' && manifest !== null && 'version' in manifest
    ? String(manifest.version)
    : 'unknown'
}
