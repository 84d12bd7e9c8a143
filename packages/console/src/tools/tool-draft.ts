import type { NewTool, Tool, ToolChange } from '../api/tools.ts'

/** A tool as it stands in its form. */
export interface ToolDraft {
  readonly kind: 'python' | 'openapi'
  readonly name: string
  readonly displayName: string
  readonly description: string
  readonly code: string
  /** The function of the code that is called. */
  readonly entry: string
  /** JSON of the test cases. */
  readonly tests: string
  readonly document: string
  readonly baseUrl: string
  readonly allowNet: readonly string[]
  readonly timeoutSeconds: string
  /** Limits that the form has no field for: they stay. */
  readonly otherLimits: Readonly<Record<string, unknown>>
  readonly auth: AuthDraft
}

/** How the service shows who it is; `kept` leaves what is stored. */
export interface AuthDraft {
  readonly type: 'kept' | 'none' | 'bearer' | 'basic' | 'api-key'
  readonly token: string
  readonly username: string
  readonly in: 'header' | 'query'
  readonly name: string
}

const CODE = `def main(city: str) -> str:
    """Greet a city.

    Args:
        city: its name
    """
    return f"Hello, {city}"
`
const NO_AUTH: AuthDraft = { type: 'none', token: '', username: '', in: 'header', name: '' }

/** An empty form. */
export function newDraft(kind: ToolDraft['kind']): ToolDraft {
  return {
    ...{ kind, name: '', displayName: '', description: '', code: kind === 'python' ? CODE : '' },
    entry: 'main',
    ...{
      tests: '[]',
      document: '',
      baseUrl: '',
      allowNet: [],
      timeoutSeconds: '',
      otherLimits: {},
      auth: NO_AUTH,
    },
  }
}

/** The form of a tool that there is. */
export function draftOf(tool: Tool): ToolDraft {
  const { kind, name, displayName, description, definition, permissions, auth } = tool
  const { timeoutSeconds, ...otherLimits } = tool.limits
  return {
    ...{ kind, name, displayName, description, allowNet: permissions.allowNet },
    code: textOf(definition.code),
    entry: textOf(definition.entry),
    tests: JSON.stringify(definition.tests ?? [], null, 2),
    document: kind === 'openapi' ? JSON.stringify(definition.document, null, 2) : '',
    baseUrl: textOf(definition.baseUrl),
    timeoutSeconds: textOf(timeoutSeconds),
    otherLimits,
    auth: { ...NO_AUTH, type: auth.type === 'none' ? 'none' : 'kept' },
  }
}

function textOf(value: unknown): string {
  return value === undefined || value === null ? '' : String(value)
}

/** Something in the form is no JSON. */
export class DraftError extends Error {
  readonly path: string
  constructor(path: string, message: string) {
    super(message)
    this.path = path
  }
}

/** What is sent to make a tool. @throws DraftError */
export function newToolOf(draft: ToolDraft): NewTool {
  const { kind, name } = draft
  return { kind, name, ...settingsOf(draft), definition: definitionOf(draft) } as NewTool
}

/** What is sent to change one: all but its kind. @throws DraftError */
export function changeOf(draft: ToolDraft): ToolChange {
  return { name: draft.name, ...settingsOf(draft), definition: definitionOf(draft) } as ToolChange
}

function settingsOf(draft: ToolDraft) {
  const { kind, displayName, description, allowNet, timeoutSeconds, otherLimits, auth } = draft
  return {
    ...(displayName === '' ? {} : { displayName }),
    ...(description === '' ? {} : { description }),
    ...(kind === 'python' ? { permissions: { allowNet: [...allowNet] } } : {}),
    limits: { ...otherLimits, ...(timeoutSeconds === '' ? {} : { timeoutSeconds: Number(timeoutSeconds) }) },
    ...(kind === 'openapi' && auth.type !== 'kept' ? { auth: authOf(auth) } : {}),
  }
}

function authOf({ type, token, username, in: place, name }: AuthDraft) {
  if (type === 'bearer') return { type, token }
  if (type === 'basic') return { type, username, password: token }
  if (type === 'api-key') return { type, in: place, name, value: token }
  return { type: 'none' as const }
}

function definitionOf({ kind, code, entry, tests, document, baseUrl }: ToolDraft) {
  if (kind === 'openapi') return { document, ...(baseUrl === '' ? {} : { baseUrl }) }
  let cases: unknown
  try {
    cases = JSON.parse(tests.trim() === '' ? '[]' : tests)
  } catch (error) {
    throw new DraftError('definition.tests', error instanceof Error ? error.message : '')
  }
  return { code, entry, tests: cases }
}
