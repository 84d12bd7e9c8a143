export { createCodeActAgent } from './code-act-agent.ts'
export type { CodeActAgentOptions } from './code-act-options.ts'
export type { AgentProgress, CodeActState } from './code-act-state.ts'
export { type LangChainModelOptions, langChainModel } from './langchain-model.ts'
export type { ArtifactFile, SandboxArtifact } from './sandbox-artifact.ts'
export { pythonSandbox } from './sandbox-middleware.ts'
export { PyodideSandboxTool } from './sandbox-tool.ts'
export { SandboxStateError } from './session-codec.ts'
export {
  MissingStateError,
  type SandboxState,
  sandboxAnnotation,
  sandboxState,
} from './session-state.ts'
export { SandboxToolError } from './tool-errors.ts'
export { type PyodideSandboxToolOptions, ToolOptionsError } from './tool-options.ts'
