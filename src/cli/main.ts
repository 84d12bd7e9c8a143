#!/usr/bin/env node
import { CommanderError } from 'commander'
import { describeFailure } from './failure.ts'
import { createProgram } from './program.ts'
import { say } from './terminal.ts'

// A reader that has gone (`| head`) is noticed where something is written; without this it would be a crash.
for (const stream of [process.stdout, process.stderr]) stream.on('error', () => {})

// The composition root: the only place where the command line is read and the exit code is decided.
try {
  await createProgram((exitCode) => {
    process.exitCode = exitCode
  }).parseAsync()
} catch (error) {
  // Commander has said what is wrong; help and version are no failure.
  if (error instanceof CommanderError) process.exitCode = error.exitCode === 0 ? 0 : 2
  else {
    const { exitCode, message } = describeFailure(error)
    process.exitCode = exitCode
    say(message)
  }
}
