export type { LineSource } from './bridge/input-service.ts'
export * from './errors/errors.ts'
export type { BatchItem, BatchOptions, BatchProgram, BatchPrograms } from './execution/batch/batch-options.ts'
export { collect } from './execution/execute.ts'
export type { ExecutionOptions } from './execution/execution-options.ts'
export type { PythonRunner } from './execution/python-runner.ts'
export type { DeskAnswer, ToolDesk, ToolDeskOptions } from './execution/tool-desk.ts'
export type { PythonExecutor } from './executor.ts'
export { problemOfFileName } from './files/workspace-path.ts'
export type { CodeNeeds, Need } from './inspection/code-needs.ts'
export type { Progress } from './listeners.ts'
export type { SandboxOptions } from './options.ts'
export { DEFAULT_DENY_NET } from './permissions/deny-ranges.ts'
export { createNetGuard, type NetGuard, NetRefusedError } from './permissions/net-guard.ts'
export { Places } from './places.ts'
export type { ExecutionEvent, ToolOutcome } from './result/events.ts'
export * from './result/result.ts'
export { resultToMarkdown } from './result/result-markdown.ts'
export { resultToText, type TextSource } from './result/result-text.ts'
export type { SessionMetadata } from './result/session-metadata.ts'
export { PyodideSandbox } from './sandbox.ts'
export type { SealedSession } from './seal/seal.ts'
export type { PythonSession } from './session/python-session.ts'
export type { SandboxSession } from './session/session.ts'
export type { SessionFile, SessionFiles } from './session/session-files.ts'
export type { InstalledPackage } from './session/session-install.ts'
export type { ForkOptions, SessionOptions } from './session/session-options.ts'
export { FolderSessionStore } from './store/folder-session-store.ts'
export type { SessionClaim, SessionStore, StoredSession } from './store/session-store.ts'
export type { OwnerFilter, StoredSessions } from './store/stored-sessions.ts'
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
export { problemOfToolName } from './tools/tool-name.ts'
export { probeSecondWall, type WallProbe } from './wall/second-wall.ts'
export type { WorkerCounts } from './workers/pool.ts'
