import { problemOfToolName, type Tool } from 'agentchat-sandbox'
import { z } from 'zod'
import { ANSWER } from './final-answer.ts'

/** Functions of the host for the agent's code. What cannot be is told before the model is asked anything. */
export const toolsOption = z
  .array(z.custom<Tool>(isObject, 'must be a tool'))
  .max(199)
  .check(({ value: tools, issues }) => {
    const names = new Set<unknown>([ANSWER])
    for (const [index, tool] of tools.entries()) {
      const tell = (field: string, message: string) =>
        issues.push({ code: 'custom', message, input: tool, path: [index, field] })
      // It comes from a program that may not be typed.
      const { name, parameters, execute }: { [field in keyof Tool]?: unknown } = tool
      const problem = typeof name === 'string' ? problemOfToolName(name) : 'must be a text'
      if (problem !== null) tell('name', problem)
      else if (names.has(name))
        tell('name', `"${name}" is ${name === ANSWER ? 'how the agent gives its answer' : 'there twice'}`)
      names.add(name)
      if (parameters !== undefined && !isObject(parameters))
        tell('parameters', 'must be a JSON Schema, an object')
      if (typeof execute !== 'function') tell('execute', 'must be a function')
    }
  })
  .default([])

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}
