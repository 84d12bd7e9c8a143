export type { AgentEnd, AgentEvent, AgentResult, AgentStep, AgentUsage } from './agent-events.ts'
export { type AgentOptions, AgentOptionsError } from './agent-options.ts'
export {
  type ChatMessage,
  type ChatModel,
  ModelError,
  type ModelImage,
  type ModelPiece,
} from './chat-model.ts'
export { type ExtractedCode, extractCode } from './extract-code.ts'
export { runAgent, streamAgent } from './run-agent.ts'
export { defaultPrompt, type PromptFacts } from './system-prompt.ts'
