import { McpServer } from '@modelcontextprotocol/server'
import { addFileResources } from './file-resources.ts'
import { addFileTools } from './file-tools.ts'
import type { HostFacts } from './python-host.ts'
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

/** What a model should know before it uses the tools. Some clients show it nothing else at first. */
function instructionsFor(facts: HostFacts): string {
  const granted = facts.granted.length === 0 ? 'nothing of the host' : facts.granted.join('; ')
  const packages = facts.packages.length === 0 ? '' : ` and ${facts.packages.join(', ')}`
  return [
    'Runs Python in a sandbox: CPython compiled to WebAssembly, in a process without rights. Use it to compute, to read and make files, to draw.',
    `There: the standard library${packages}.${facts.autoInstall ? ' Other packages are installed when the code imports them.' : ''}`,
    `Limits: ${facts.timeoutSeconds} s and ${facts.memoryMb} MB for each run. The code may use ${granted}. No subprocesses, no threads that run at the same time.`,
    facts.hasDefaultSession
      ? 'Variables, imports and files stay from one run_python to the next. create_session makes another, empty one.'
      : 'Each run_python starts afresh. To keep variables and files, call create_session once and give its handle as "session".',
    'Results: what was printed, the value of the last line, images of plots (matplotlib: plt.show()), and links to the files in the working folder. Read files with read_file.',
    'A run that takes longer than the call waits goes on: get_run waits for it, cancel_run ends it.',
    `Sessions and runs are kept ${facts.retention}.`,
  ].join('\n')
}
