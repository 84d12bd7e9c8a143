#!/usr/bin/env node
import { failuresOf } from 'agentchat-sandbox-base/command/failure'
import { EXIT_USAGE } from 'agentchat-sandbox-base/command/outcome'
import { runProgram } from 'agentchat-sandbox-base/command/program'
import { problemsOfFlags } from 'agentchat-sandbox-base/command/sandbox-flags'
import { EXIT_CODE_OF } from './exit-codes.ts'
import { createProgram } from './program.ts'
import { say } from './say.ts'

// The composition root: the only place where the command line is read and the exit code is decided.
const describe = failuresOf({
  problemsOf: problemsOfFlags,
  exitCodes: { 'image-unknown': EXIT_USAGE, 'package-unavailable': EXIT_CODE_OF.package },
})
await runProgram(createProgram, describe, say)
