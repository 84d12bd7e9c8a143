import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { newProgram } from 'agentchat-sandbox-base/command/program'
import {
  addLimitFlags,
  addPackageFlags,
  addPermissionFlags,
  type SandboxFlags,
} from 'agentchat-sandbox-base/command/sandbox-flags'
import { ownTree } from 'agentchat-sandbox-base/disk/own-tree'
import type { Command } from 'commander'

const EXAMPLES = `
The protocol is spoken on standard input and output, until standard input ends; what there is to say comes on
standard error. Nothing is allowed that is not granted. A client is told to start it as in

  { "mcpServers": { "python": { "command": "npx", "args": ["-y", "agentchat-sandbox-mcp", "--timeout", "120"] } } }

Examples:
  agentchat-sandbox-mcp
  agentchat-sandbox-mcp --packages numpy,pandas --timeout 120
  agentchat-sandbox-mcp --allow-net=api.example.com --allow-read=./data`

/** The whole command line. `finish` is told the exit code. */
export function createProgram(finish: (exitCode: number) => void): Command {
  const program = newProgram({
    name: 'agentchat-sandbox-mcp',
    description:
      'A server of the Model Context Protocol (MCP) over standard input and output, that runs untrusted Python.',
    version: readVersion(),
    examples: EXAMPLES,
  })
  addLimitFlags(program)
  addPackageFlags(program)
  addPermissionFlags(program)
  return program.action(async (flags: SandboxFlags) => {
    const { serveStandardStreams } = await import('./serve-standard-streams.ts')
    finish(await serveStandardStreams(flags, readVersion()))
  })
}

/** The version of this package. */
function readVersion(): string {
  const manifest: unknown = JSON.parse(
    readFileSync(join(ownTree(import.meta.url).packageFolder, 'package.json'), 'utf8'),
  )
  return typeof manifest === 'object' && manifest !== null && 'version' in manifest
    ? String(manifest.version)
    : 'unknown'
}
