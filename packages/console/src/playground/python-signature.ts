import { pythonLanguage } from '@codemirror/lang-python'
import { describedIn, textOfLiteral } from './python-docstring.ts'
import { hintOf } from './python-hint.ts'

/** A parameter of a function as its code has it. */
export interface Parameter {
  readonly name: string
  /** The type in the words of JSON Schema, such as `integer` or `array`; null where any value is taken. */
  readonly type: string | null
  /** The default as it is written; null where the parameter must be given. */
  readonly initial: string | null
  /** What its hint or else the docstring says of it; empty for nothing. */
  readonly description: string
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
  const described = describedIn(docstringOf(found, text))
  return groupsOf(childrenOf(list)).flatMap(([first, ...rest]) => {
    // A star, a slash, and what takes all that is left are no parameters of their own.
    if (first?.name !== 'VariableName') return []
    const name = text(first)
    const written = rest.find((node) => node.name === 'TypeDef')
    const hint = written === undefined ? null : hintOf(text(written).replace(/^:/, ''))
    const assigned = rest.findIndex(({ name }) => name === 'AssignOp')
    const initial = assigned === -1 ? undefined : rest[assigned + 1]
    return [
      {
        ...{ name, type: hint?.type ?? null },
        initial: assigned === -1 ? null : initial === undefined ? '…' : text(initial),
        description: hint?.description ?? described.get(name) ?? '',
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

/** The string that a function begins with; empty without one. */
function docstringOf(node: Node | undefined, text: (node: Node) => string): string {
  const body = node?.getChild('Body')
  const first = body && childrenOf(body).find(({ name }) => name !== ':' && name !== 'Comment')
  const value = first?.name === 'ExpressionStatement' ? first.firstChild : null
  const parts = value?.name === 'ContinuedString' ? childrenOf(value) : value ? [value] : []
  return parts.map((part) => textOfLiteral(text(part)) ?? '').join('')
}
