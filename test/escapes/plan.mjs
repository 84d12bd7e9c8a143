// How an attack is run: in how many steps, under which limits.

/** Programs that stop by themselves do so at 3 GiB: a limit well below shows whether it holds. */
const MEMORY_LIMIT_MB = 128

/** Categories after which the next caller is asked for, because what they attack is the next caller. */
const NEXT = [
  'protocol-forgery',
  'tool-shadowing',
  'recursion',
  'result-forgery',
  'memory',
  'output-flood',
  'receipt',
]
const ALSO_NEXT = [...NEXT, 'python-escape', 'worker-timer', 'session-tampering', 'cpu']

/** What the step before the attack leaves for it to find. */
const SECRET_OF_ANOTHER = `secret = 'SESSION-A-' + 'SECRET'\nopen('/tmp/a.txt', 'w').write(secret)`

/**
 * @typedef {object} Step
 * @property {'attack' | 'again' | 'elsewhere' | 'before' | 'next'} role `again`: the attack once more, in the same
 * pool; `elsewhere`: once more, in a pool of its own; `before`, `next`: what another caller runs
 * @property {string} code
 * @property {boolean} [inSession] in a session, which is saved and tampered with afterwards
 */

/**
 * @typedef {object} Plan
 * @property {number} timeoutSeconds
 * @property {number | undefined} memoryLimitMb the default where it is undefined
 * @property {boolean} settle watch for a while after the result
 * @property {Step[]} steps
 */

/**
 * @param {import('./cases.mjs').Attack} attack
 * @param {string} code with its placeholders filled
 * @param {boolean} quick shorter limits and fewer steps, for every-day tests
 * @returns {Plan}
 */
export function planOf({ category, needs }, code, quick) {
  return {
    timeoutSeconds: timeoutOf(category, quick),
    memoryLimitMb: category === 'memory' ? MEMORY_LIMIT_MB : undefined,
    settle: category === 'worker-timer',
    steps: stepsOf({ category, needs }, code, quick),
  }
}

/**
 * @param {string} category
 * @param {boolean} quick
 */
function timeoutOf(category, quick) {
  if (category === 'cpu') return quick ? 1 : 3
  if (category === 'output-flood') return quick ? 3 : 10
  if (category === 'result-forgery') return quick ? 3 : 5
  return 20
}

/**
 * @param {Pick<import('./cases.mjs').Attack, 'category' | 'needs'>} attack
 * @param {string} code
 * @param {boolean} quick
 * @returns {Step[]}
 */
function stepsOf({ category, needs }, code, quick) {
  /** @type {Step[]} */
  const steps = [{ role: 'attack', code, inSession: needs === 'session' }]
  if (needs === 'secret-of-another') steps.unshift({ role: 'before', code: SECRET_OF_ANOTHER })
  if (category === 'persistence') steps.push({ role: 'again', code })
  if (category === 'persistence' && !quick) steps.push({ role: 'elsewhere', code })
  if (ALSO_NEXT.includes(category)) steps.push({ role: 'next', code: '40+2' })
  return steps
}
