#!/usr/bin/env node
import { failuresOf } from 'agentchat-sandbox-base/command/failure'
import { runProgram } from 'agentchat-sandbox-base/command/program'
import { createProgram } from './program.ts'
import { say } from './say.ts'

// The composition root: the only place where the command line is read and the exit code is decided.
await runProgram(createProgram, failuresOf(), say)
