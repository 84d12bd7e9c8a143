import type { BaseChatModel } from '@langchain/core/language_models/chat_models'
import type { BaseCheckpointSaver, BaseStore } from '@langchain/langgraph'
import type { PythonExecutor } from 'agentchat-sandbox'
import { z } from 'zod'
import { loopShape } from '../agent/agent-options.ts'
import type { ChatModel } from '../agent/chat-model.ts'
import { langChainModel } from './langchain-model.ts'
import { keepingShape, objectWith, parsedBy } from './tool-options.ts'

const codeActSchema = z.strictObject({
  ...keepingShape,
  ...loopShape,
  model: objectWith<ChatModel | BaseChatModel>(
    'stream',
    'a chat model of LangChain or a ChatModel',
  ).transform((model): ChatModel => ('takesImages' in model ? model : langChainModel(model))),
  /** What runs the code. Close it at the end. */
  sandbox: objectWith<PythonExecutor>('session', 'a PythonExecutor'),
  checkpointer: objectWith<BaseCheckpointSaver>('getTuple', 'a checkpoint saver').optional(),
  store: objectWith<BaseStore>('get', 'a store').optional(),
  /** Of the graph, where it is a part of another one. */
  name: z.string().min(1).max(100).default('code_act_agent'),
})

export type CodeActAgentOptions = z.input<typeof codeActSchema>
export type CodeActSettings = z.output<typeof codeActSchema>

/** @throws ToolOptionsError */
export function parseCodeActOptions(options: CodeActAgentOptions): CodeActSettings {
  return parsedBy(codeActSchema, options)
}
