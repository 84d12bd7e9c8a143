import { McpServer } from '@modelcontextprotocol/server'
import { addFileResources } from './file-resources.ts'
import { addFileTools } from './file-tools.ts'
import { instructionsFor } from './instructions.ts'
import { addRunTools } from './run-tools.ts'
import type { ServerParts } from './server-parts.ts'
import { addSessionTools } from './session-tools.ts'
import { addStoredTools } from './stored-tools.ts'

/** Elements of the arguments of one call, of arrays and objects together. */
const MAX_ARGUMENT_ELEMENTS = 10_000

/** What a server is made of. */
export interface McpServerSettings extends ServerParts {
  /** Of the package or the service that serves. */
  readonly version: string
}

/**
 * A server of the Model Context Protocol for one caller, for either era of the protocol: `run_python`, `get_run`,
 * `cancel_run`, sessions, files, and the caller's stored tools. It holds nothing itself: host and runs outlive it.
 */
export async function createMcpServer({ version, ...parts }: McpServerSettings): Promise<McpServer> {
  const { facts } = parts.host
  const server = new McpServer(
    { name: 'agentchat-sandbox', title: 'Python sandbox', version },
    {
      instructions: instructionsFor(facts),
      capabilities: { tools: {}, resources: {} },
      maxToolInputElements: MAX_ARGUMENT_ELEMENTS,
    },
  )
  await addPython(server, parts)
  return server
}

/** Adds the tools and resources for Python to a server that may have others, too. */
export async function addPython(server: McpServer, parts: ServerParts): Promise<void> {
  addRunTools(server, parts)
  addSessionTools(server, parts)
  addFileTools(server, parts)
  addFileResources(server, parts)
  addStoredTools(server, await parts.host.storedTools(), parts)
}
