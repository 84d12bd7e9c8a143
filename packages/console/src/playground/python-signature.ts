import { pythonLanguage } from '@codemirror/lang-python'

/** A parameter of a function as its code has it. */
export interface Parameter {
  readonly name: string
  /** The type in the words of JSON Schema, such as `integer` or `array`; null where any value is taken. */
  readonly type: string | null
  /** The default as it is written; null where the parameter must be given. */
  readonly initial: string | null
}

type Node = ReturnType<typeof pythonLanguage.parser.parse>['topNode']

/**
 * The parameters of a function at the top of a module, read without running it; null where there is no such function. What
 * counts is what the service finds out by loading it.
 */
export function parametersOf(code: string, entry: string): readonly Parameter[] | null {
  const text = ({ from, to }: Node) => code.slice(from, to)
  const functions = childrenOf(pythonLanguage.parser.parse(code).topNode)
    .map((node) => (node.name === 'DecoratedStatement' ? node.getChild('FunctionDefinition') : node))
    .filter((node) => node !== null)
    .filter((node) => node.name === 'FunctionDefinition')
  const found = functions.findLast((node) => {
    const name = node.getChild('VariableName')
    return name !== null && text(name) === entry
  })
  const list = found?.getChild('ParamList')
  if (!list) return null
  return groupsOf(childrenOf(list)).flatMap(([first, ...rest]) => {
    // A star, a slash, and what takes all that is left are no parameters of their own.
    if (first?.name !== 'VariableName') return []
    const hint = rest.find(({ name }) => name === 'TypeDef')
    const assigned = rest.findIndex(({ name }) => name === 'AssignOp')
    const initial = assigned === -1 ? undefined : rest[assigned + 1]
    return [
      {
        name: text(first),
        type: hint === undefined ? null : typeOf(text(hint).replace(/^:\s*/, '')),
        initial: assigned === -1 ? null : initial === undefined ? '…' : text(initial),
      },
    ]
  })
}

function childrenOf(node: Node): readonly Node[] {
  const children: Node[] = []
  for (let child = node.firstChild; child !== null; child = child.nextSibling) children.push(child)
  return children
}

/** What stands between the brackets of a list of parameters, cut at its commas. */
function groupsOf(nodes: readonly Node[]): readonly (readonly Node[])[] {
  const groups: Node[][] = [[]]
  for (const node of nodes)
    if (node.name === ',') groups.push([])
    else if (node.name !== '(' && node.name !== ')') groups.at(-1)?.push(node)
  return groups
}

const TYPES: Readonly<Record<string, string>> = {
  ...{ str: 'string', int: 'integer', float: 'number', bool: 'boolean', None: 'null' },
  ...{ list: 'array', tuple: 'array', set: 'array', dict: 'object' },
}

/** A hint of Python in the words of JSON Schema; null for one that the schema leaves open. */
function typeOf(hint: string): string | null {
  const [, choices] = /^(?:typing\.)?Literal\[(.*)\]$/s.exec(hint) ?? []
  if (choices !== undefined)
    return choices
      .split(',')
      .map((choice) => choice.trim())
      .join(' | ')
  if (hint.includes('|') && !hint.includes('[')) {
    const parts = hint.split('|').map((part) => typeOf(part.trim()))
    return parts.includes(null) ? null : parts.join(' | ')
  }
  return TYPES[/^\w+/.exec(hint)?.[0] ?? ''] ?? null
}
