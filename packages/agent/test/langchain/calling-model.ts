import { ChatOpenAI } from '@langchain/openai'
import type { Answer, ScriptedEndpoint } from '../scripted-endpoint.ts'

/** LangChain's own model for an endpoint that was told what to say. */
export function calling(endpoint: ScriptedEndpoint): ChatOpenAI {
  return new ChatOpenAI({
    model: 'scripted',
    apiKey: 'secret-key',
    maxRetries: 0,
    configuration: { baseURL: endpoint.baseUrl },
  })
}

let calls = 0
let messages = 0

/** An answer that calls the tool once for each piece of code. */
export function toolCalls(...codes: readonly string[]): Answer {
  const tool_calls = codes.map((code) => {
    calls += 1
    const call = { name: 'python_code_sandbox', arguments: JSON.stringify({ code }) }
    return { id: `call_${calls}`, type: 'function', function: call }
  })
  return message({ content: null, tool_calls }, 'tool_calls')
}

/** An answer in words. */
export function says(content: string): Answer {
  return message({ content }, 'stop')
}

function message(said: object, finish_reason: string): Answer {
  return (response) => {
    // Of two messages with one id a graph keeps the later.
    messages += 1
    const usage = { prompt_tokens: 100, completion_tokens: 10, total_tokens: 110 }
    const choices = [{ index: 0, message: { role: 'assistant', ...said }, finish_reason }]
    response.writeHead(200, { 'Content-Type': 'application/json' })
    response.end(
      JSON.stringify({
        id: `message_${messages}`,
        object: 'chat.completion',
        model: 'scripted',
        choices,
        usage,
      }),
    )
  }
}
