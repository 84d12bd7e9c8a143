#!/usr/bin/env node
import { runProgram } from 'agentchat-sandbox-base/command/program'
import { describeFailure } from './failure.ts'
import { createProgram } from './program.ts'
import { say } from './say.ts'

// The composition root: the only place where the command line is read and the exit code is decided.
await runProgram(createProgram, describeFailure, say)
