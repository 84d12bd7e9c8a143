// The corpus: one attack is one Python file, whose header says what must not happen.
import { readdirSync, readFileSync } from 'node:fs'
import { CATEGORIES, type CategoryName, isCategory } from './categories.ts'
import { CHECKS, type CheckName } from './checks.ts'

// The same from here and from `build/escapes`.
const FOLDER = new URL('../../test/escapes/cases/', import.meta.url)
const PRELUDES = new URL('../../test/escapes/prelude/', import.meta.url)
const KEYS = ['id', 'category', 'goal', 'success-if', 'verdict', 'level', 'needs', 'with', 'checks']
const REQUIRED = ['id', 'category', 'goal', 'success-if']

export interface Attack {
  readonly id: string
  readonly category: CategoryName
  readonly goal: string
  readonly successIf: string
  /** Who says whether it won. */
  readonly verdict: 'program' | 'harness'
  /** What it breaks when it wins. */
  readonly level: 'wall' | 'hardening'
  /** `netns`, `session`, `net-allow`, `net-allow-name <name>`, `files`, `files-with-link`, or empty. */
  readonly needs: string
  /** Names of checks beside those of its category. */
  readonly checks: readonly CheckName[]
  /** With what it is put behind; placeholders are not filled yet. */
  readonly code: string
}

/**
 * @param filter an id or a category; everything when it is missing
 * @throws Error for a file that is no attack
 */
export function readAttacks(filter?: string): Attack[] {
  return readdirSync(FOLDER)
    .filter((name) => name.endsWith('.py'))
    .sort()
    .map((name) => parseAttack(name, readFileSync(new URL(name, FOLDER), 'utf8')))
    .filter(({ id, category }) => filter === undefined || id === filter || category === filter)
}

/**
 * @param name of the file
 * @throws Error where the header has an unknown line, lacks one, or names what there is not
 */
export function parseAttack(name: string, text: string): Attack {
  const fields = readHeader(text)
  for (const key of fields.keys())
    if (!KEYS.includes(key)) throw new Error(`Cannot read "${name}": no header line is "${key}"`)
  for (const key of REQUIRED)
    if (!fields.get(key)) throw new Error(`Cannot read "${name}": header line "${key}" is missing`)
  const field = (key: string) => fields.get(key) ?? ''
  if (`${field('id')}.py` !== name) throw new Error(`Cannot read "${name}": its id is "${field('id')}"`)
  const category = field('category')
  if (!isCategory(category))
    throw new Error(
      `Cannot read "${name}": no category is "${category}", there are ${Object.keys(CATEGORIES).join(', ')}`,
    )
  return {
    id: field('id'),
    category,
    goal: field('goal'),
    successIf: field('success-if'),
    verdict: field('verdict') === 'harness' ? 'harness' : 'program',
    level: field('level') === 'hardening' ? 'hardening' : 'wall',
    needs: field('needs'),
    checks: words(field('checks')).map((check) => parseCheck(name, check)),
    code: [...words(field('with')).map(readPrelude), text].join('\n'),
  }
}

function readHeader(text: string): ReadonlyMap<string, string> {
  const header = /^(?:# .*\n)+/.exec(text)?.[0] ?? ''
  return new Map(
    header
      .trimEnd()
      .split('\n')
      .map((line) => {
        const [, key = line, value = ''] = /^# ([\w-]+): (.+)$/.exec(line) ?? []
        return [key, value]
      }),
  )
}

function parseCheck(name: string, check: string): CheckName {
  if (!Object.hasOwn(CHECKS, check)) throw new Error(`Cannot read "${name}": no check is "${check}"`)
  return check as CheckName
}

function readPrelude(name: string): string {
  return readFileSync(new URL(name, PRELUDES), 'utf8')
}

function words(text: string): string[] {
  return text.split(' ').filter(Boolean)
}
