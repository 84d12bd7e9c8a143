import type { AgentMiddleware } from 'langchain'
import { PyodideSandboxTool } from './sandbox-tool.ts'
import { sandboxStateSchema } from './session-state.ts'
import { type PyodideSandboxToolOptions, ToolOptionsError } from './tool-options.ts'

/** The mark by which LangChain knows a middleware. */
const BRAND = Symbol.for('AgentMiddleware')

/** The middleware, which ends with the tool in it. */
export type PythonSandboxMiddleware = AgentMiddleware<
  typeof sandboxStateSchema,
  undefined,
  unknown,
  readonly [PyodideSandboxTool]
> &
  AsyncDisposable & { close(): Promise<void> }

/**
 * Everything that `createAgent` needs for Python that remembers: the tool, the keys of the state and their reducers. Close
 * it at the end.
 *
 * @example
 * ```ts
 * const agent = createAgent({ model, middleware: [pythonSandbox()], checkpointer: new MemorySaver() })
 * ```
 * @throws ToolOptionsError, InvalidOptionsError, UnsupportedError
 */
export function pythonSandbox(
  options: Omit<PyodideSandboxToolOptions, 'stateful'> = {},
): PythonSandboxMiddleware {
  if ('stateful' in options)
    throw new ToolOptionsError([{ path: 'stateful', problem: 'is not for here: Python always remembers' }])
  const tool = new PyodideSandboxTool({ ...options, stateful: true })
  const close = () => tool.close()
  return {
    // Made here and not by createMiddleware, so that who has only LangGraph need not install LangChain.
    ...{ [BRAND]: true, name: 'pythonSandbox', stateSchema: sandboxStateSchema, tools: [tool] as const },
    ...{ close, [Symbol.asyncDispose]: close },
  }
}
