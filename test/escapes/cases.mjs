// The corpus: one attack is one Python file, whose header says what must not happen.
import { readdirSync, readFileSync } from 'node:fs'

const FOLDER = new URL('cases/', import.meta.url)
const PRELUDES = new URL('prelude/', import.meta.url)
const KEYS = ['id', 'category', 'goal', 'success-if', 'verdict', 'level', 'needs', 'with', 'checks']
const REQUIRED = ['id', 'category', 'goal', 'success-if']

/**
 * @typedef {object} Attack
 * @property {string} id
 * @property {string} category
 * @property {string} goal
 * @property {string} successIf
 * @property {'program' | 'harness'} verdict who says whether it won
 * @property {'wall' | 'hardening'} level what it breaks when it wins
 * @property {string} needs `netns`, `session`, `net-allow`, `net-allow-name <name>`, `files`, `files-with-link`, or
 * empty
 * @property {string[]} checks names of checks beside those of its category
 * @property {string} code with what it is put behind, placeholders not filled yet
 */

/**
 * @param {string} [filter] an id or a category; everything when it is missing
 * @returns {Attack[]}
 * @throws Error for a file that is no attack
 */
export function readAttacks(filter) {
  return readdirSync(FOLDER)
    .filter((name) => name.endsWith('.py'))
    .sort()
    .map((name) => parseAttack(name, readFileSync(new URL(name, FOLDER), 'utf8')))
    .filter(({ id, category }) => filter === undefined || id === filter || category === filter)
}

/**
 * @param {string} name of the file
 * @param {string} text
 * @returns {Attack}
 */
export function parseAttack(name, text) {
  const header = /^(?:# .*\n)+/.exec(text)?.[0] ?? ''
  const fields = Object.fromEntries(
    header
      .trimEnd()
      .split('\n')
      .map((line) => /^# ([\w-]+): (.+)$/.exec(line)?.slice(1) ?? [line, '']),
  )
  for (const key of Object.keys(fields))
    if (!KEYS.includes(key)) throw new Error(`Cannot read "${name}": no header line is "${key}"`)
  for (const key of REQUIRED)
    if (!fields[key]) throw new Error(`Cannot read "${name}": header line "${key}" is missing`)
  if (`${fields.id}.py` !== name) throw new Error(`Cannot read "${name}": its id is "${fields.id}"`)
  return {
    id: fields.id,
    category: fields.category,
    goal: fields.goal,
    successIf: fields['success-if'],
    verdict: fields.verdict === 'harness' ? 'harness' : 'program',
    level: fields.level === 'hardening' ? 'hardening' : 'wall',
    needs: fields.needs ?? '',
    checks: words(fields.checks),
    code: [...words(fields.with).map(readPrelude), text].join('\n'),
  }
}

/** @param {string} name */
function readPrelude(name) {
  return readFileSync(new URL(name, PRELUDES), 'utf8')
}

/** @param {string | undefined} text */
function words(text) {
  return (text ?? '').split(' ').filter(Boolean)
}
