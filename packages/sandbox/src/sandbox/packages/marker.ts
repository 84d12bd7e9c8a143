import { satisfies, valid } from '@renovatebot/pep440'

/** The variables of PEP 508. `extra` is the extra that is asked about, or empty. */
export type MarkerEnvironment = Readonly<Record<string, string>>

/** The Python that images hold. */
export function markerEnvironment(pythonVersion: string, arch: string): MarkerEnvironment {
  return {
    os_name: 'posix',
    sys_platform: 'emscripten',
    platform_machine: arch,
    platform_python_implementation: 'CPython',
    platform_release: '',
    platform_system: 'Emscripten',
    platform_version: '',
    python_version: pythonVersion.split('.').slice(0, 2).join('.'),
    python_full_version: pythonVersion,
    implementation_name: 'cpython',
    implementation_version: pythonVersion,
    extra: '',
  }
}

const TOKEN = /\s*(\(|\)|===|~=|==|!=|<=|>=|<|>|'[^']*'|"[^"]*"|[A-Za-z_][\w.]*)/y
const MAX_TOKENS = 200

/**
 * Evaluates a marker such as `python_version < "3.9" and extra == "test"`.
 * @throws SyntaxError when it is none
 */
export function evaluateMarker(text: string, environment: MarkerEnvironment): boolean {
  const parser = new MarkerParser(tokensOf(text), environment)
  return parser.whole()
}

function tokensOf(text: string): string[] {
  const tokens: string[] = []
  const end = text.trimEnd().length
  for (let at = 0; at < end; ) {
    TOKEN.lastIndex = at
    const found = TOKEN.exec(text)
    if (found === null || tokens.length > MAX_TOKENS)
      throw new SyntaxError(`Cannot read the marker "${text}"`)
    tokens.push(found[1] ?? '')
    at = TOKEN.lastIndex
  }
  return tokens
}

class MarkerParser {
  readonly #tokens: string[]
  readonly #environment: MarkerEnvironment

  constructor(tokens: string[], environment: MarkerEnvironment) {
    this.#tokens = tokens
    this.#environment = environment
  }

  whole(): boolean {
    const value = this.#or()
    if (this.#tokens.length > 0) throw new SyntaxError(`Cannot read the marker at "${this.#tokens[0]}"`)
    return value
  }

  #or(): boolean {
    let value = this.#and()
    while (this.#take('or')) value = this.#and() || value
    return value
  }

  #and(): boolean {
    let value = this.#comparison()
    while (this.#take('and')) value = this.#comparison() && value
    return value
  }

  #comparison(): boolean {
    if (this.#take('(')) {
      const value = this.#or()
      if (!this.#take(')')) throw new SyntaxError('Cannot read the marker: a bracket is not closed')
      return value
    }
    const left = this.#value()
    let operator = this.#tokens.shift() ?? ''
    if (operator === 'not' && this.#take('in')) operator = 'not in'
    return compare(left, operator, this.#value())
  }

  #value(): string {
    const token = this.#tokens.shift() ?? ''
    if (/^['"]/.test(token)) return token.slice(1, -1)
    const value = this.#environment[token]
    if (value === undefined) throw new SyntaxError(`Cannot read the marker: no variable "${token}"`)
    return value
  }

  #take(token: string): boolean {
    if (this.#tokens[0] !== token) return false
    this.#tokens.shift()
    return true
  }
}

function compare(left: string, operator: string, right: string): boolean {
  if (operator === 'in') return right.includes(left)
  if (operator === 'not in') return !right.includes(left)
  // As versions where both sides are some, else as texts.
  const isVersion = valid(left) !== null && valid(right.replace(/\.\*$/, '')) !== null
  if (isVersion) return satisfies(left, `${operator}${right}`, { prereleases: true })
  switch (operator) {
    case '==':
    case '===':
      return left === right
    case '!=':
      return left !== right
    case '<':
    case '<=':
    case '>':
    case '>=':
      return orders(operator, left, right)
    default:
      throw new SyntaxError(`Cannot read the marker: no operator "${operator}"`)
  }
}

function orders(operator: '<' | '<=' | '>' | '>=', left: string, right: string): boolean {
  if (left === right) return operator.endsWith('=')
  return operator.startsWith('<') === left < right
}
