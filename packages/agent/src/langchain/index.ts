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
