import type { Tool } from 'agentchat-sandbox'
import { signatureOf } from './tool-signature.ts'

/** What the prompt says beside the tools. */
export interface PromptFacts {
  /** Wall clock of one piece of code, in seconds, where it has a limit of its own. */
  readonly stepSeconds?: number | undefined
  readonly tags: readonly string[]
  /** Python packages that are there beside the standard library. */
  readonly packages?: readonly string[]
  /** Files that lie in the working folder. */
  readonly files?: readonly string[]
  /** How often the model is asked. */
  readonly maxSteps?: number
}

/** What the model is told first, unless the caller has words of its own. */
export function defaultPrompt(
  tools: readonly Tool[],
  { stepSeconds, tags, packages = [], files = [], maxSteps }: PromptFacts,
): string {
  const [tag] = tags
  const block = tag === undefined ? '```python\n...\n```' : `<${tag}>\n...\n</${tag}>`
  return [
    'You solve the task of the user by writing Python, which is run for you. Think briefly, then write one block of code:',
    block,
    'It is run at once, and you are told what it printed, the value of its last line, and errors. Variables, imports and files stay from block to block. Print what you need to see.',
    `The Python is CPython 3.14 with its standard library${packages.length === 0 ? '' : ` and these packages: ${packages.join(', ')}`}. Unless they were granted there is no network, no subprocess and no file of the host.` +
      (stepSeconds === undefined ? '' : ` One block may take ${stepSeconds} s.`),
    ...(files.length === 0 ? [] : [`These files lie in the working folder: ${files.join(', ')}.`]),
    ...(tools.length === 0
      ? []
      : ['These functions are there, and help() explains them; they can be awaited:', ...tools.map(lineOf)]),
    'When you have the answer, call final_answer(value) in a block: it ends the task. Or write the answer as a message without code. If an error comes back, repair its cause; do not send the same code again.' +
      (maxSteps === undefined ? '' : ` You are asked at most ${maxSteps} times.`),
  ].join('\n')
}

function lineOf(tool: Tool): string {
  const [line = ''] = (tool.description ?? '').split('\n', 1)
  return `- ${signatureOf(tool)}${line === '' ? '' : `: ${line.slice(0, 300)}`}`
}
