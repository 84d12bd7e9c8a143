import type { Tool } from 'agentchat-sandbox'

/** What the model is told first, unless the caller has words of its own. */
export function defaultPrompt(
  tools: readonly Tool[],
  { stepSeconds, tags }: { readonly stepSeconds: number | undefined; readonly tags: readonly string[] },
): string {
  const [tag] = tags
  const block = tag === undefined ? '```python\n...\n```' : `<${tag}>\n...\n</${tag}>`
  return [
    'You solve the task of the user by writing Python, which is run for you. Think briefly, then write one block of code:',
    block,
    'It is run at once, and you are told what it printed, the value of its last line, and errors. Variables, imports and files stay from block to block. Print what you need to see.',
    'The Python is CPython 3.14 with its standard library, without network, subprocesses and the files of the host, unless a function below gives them.' +
      (stepSeconds === undefined ? '' : ` One block may take ${stepSeconds} s.`),
    ...(tools.length === 0
      ? []
      : ['These functions are there, and help() explains them; they can be awaited:', ...tools.map(lineOf)]),
    'When you have the answer, call final_answer(value) in a block: it ends the task. Or write the answer as a message without code. If an error comes back, repair its cause; do not send the same code again.',
  ].join('\n')
}

function lineOf({ name, description = '', parameters = {} }: Tool): string {
  const { properties, required } = parameters
  const needed = new Set(Array.isArray(required) ? required : [])
  const names = typeof properties === 'object' && properties !== null ? Object.keys(properties) : []
  const signature = names.map((each) => (needed.has(each) ? each : `${each}=...`)).join(', ')
  const [line = ''] = description.split('\n', 1)
  return `- ${name}(${signature})${line === '' ? '' : `: ${line.slice(0, 300)}`}`
}
