export type { LineSource } from './bridge/input-service.ts'
export * from './errors.ts'
export type { ExecutionEvent, ToolOutcome } from './events.ts'
export type { ExecutionOptions } from './execution-options.ts'
export { collect, type PythonExecutor, type PythonRunner, type PythonSession } from './executor.ts'
export { problemOfFileName } from './files/workspace-path.ts'
export type { Progress } from './listeners.ts'
export type { SandboxOptions } from './options.ts'
export { DEFAULT_DENY_NET } from './permissions/deny-ranges.ts'
export { createNetGuard, type NetGuard, NetRefusedError } from './permissions/net-guard.ts'
export { Places } from './places.ts'
export * from './result.ts'
export { resultToMarkdown } from './result-markdown.ts'
export { resultToText, type TextSource } from './result-text.ts'
export { PyodideSandbox } from './sandbox.ts'
export { FolderSessionStore } from './session/folder-session-store.ts'
export type { SealedSession } from './session/seal.ts'
export type { SandboxSession } from './session/session.ts'
export type { SessionFile, SessionFiles } from './session/session-files.ts'
export type { InstalledPackage } from './session/session-install.ts'
export type { SessionMetadata } from './session/session-metadata.ts'
export type { ForkOptions, SessionOptions } from './session/session-options.ts'
export type { SessionClaim, SessionStore, StoredSession } from './session/session-store.ts'
export type { OwnerFilter, StoredSessions } from './session/stored-sessions.ts'
export type { SyncExecutionOptions, SyncSandboxOptions } from './sync-messages.ts'
export { SyncPyodideSandbox } from './sync-sandbox.ts'
export {
  type LangChainToolLike,
  type LangChainToolOptions,
  langChainTool,
} from './tools/adapters/langchain-tool.ts'
export { type ZodLike, type ZodTool, zodTool } from './tools/adapters/zod-tool.ts'
export {
  type JsonSchema,
  type Tool,
  type ToolApproval,
  type ToolCall,
  type ToolContext,
  ToolError,
} from './tools/tool.ts'
export { ToolFile } from './tools/tool-file.ts'
export { probeSecondWall, type WallProbe } from './wall/probe-wall.ts'
