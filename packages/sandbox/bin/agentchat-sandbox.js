#!/usr/bin/env node
// The command. It stands outside of what is built, since npm links only commands that are there when it installs.
import { existsSync } from 'node:fs'
import { fileURLToPath } from 'node:url'

const main = new URL('../dist/cli/main.js', import.meta.url)
if (existsSync(fileURLToPath(main))) await import(main.href)
else {
  process.stderr.write(
    'agentchat-sandbox: Cannot start: it is not built; "npm run build" in the clone builds it\n',
  )
  process.exitCode = 70
}
