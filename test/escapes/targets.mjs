// What the attacks are run against: the product, the control, and each wall alone.
import { behindBubblewrap, unprotected } from './naive.mjs'

/** A wall alone is no judge of these: they are about limits, results and layers inside the process. */
const NOT_FOR_A_BARE_WALL = [
  'cpu',
  'js-bridge',
  'memory',
  'output-flood',
  'protocol-forgery',
  'receipt',
  'recursion',
  'result-forgery',
  'terminal-injection',
  'tool-shadowing',
]

const NO_SESSIONS = 'the naive runner has no sessions'

/**
 * @typedef {object} Target
 * @property {string} name
 * @property {string} what in one line
 * @property {import('./judge.mjs').Wall} wall
 * @property {boolean} bare a naive runner behind one wall
 * @property {(attack: import('./cases.mjs').Attack) => string | null} passes why it is not asked this
 * @property {(place: import('./workplace.mjs').Workplace) => object | string} settings of its host; a text says why it
 * is not there
 */

/** @type {Target[]} */
export const TARGETS = [
  {
    name: 'naive',
    what: 'a new "deno run -A" with plain loadPyodide for each program: the control, which must break',
    wall: { claims: true, ownChildren: false, limits: true, namespaces: false, layers: true },
    bare: true,
    passes: ({ needs }) => (needs === 'session' ? NO_SESSIONS : null),
    settings: unprotected,
  },
  {
    name: 'deno-wall',
    what: 'the product with isolation "deno" and without what it hides from Python: Deno and the limits of the host',
    wall: { claims: true, ownChildren: false, limits: true, namespaces: false, layers: false },
    bare: false,
    passes: passedByDeno,
    settings: ({ unhardenedLibrary }) => ({
      kind: 'product',
      library: unhardenedLibrary,
      options: { isolation: 'deno' },
    }),
  },
  {
    name: 'os-wall',
    what: 'the naive runner with "deno run -A" inside exactly the bubblewrap that the product puts up',
    wall: { claims: false, ownChildren: true, limits: false, namespaces: true, layers: false },
    bare: true,
    passes: passedByBareWall,
    settings: behindBubblewrap,
  },
  {
    name: 'product',
    what: 'the product as it comes: every wall that stands on this machine',
    wall: { claims: true, ownChildren: false, limits: true, namespaces: false, layers: true },
    bare: false,
    passes: () => null,
    settings: ({ library }) => ({ kind: 'product', library, options: {} }),
  },
]

/** @param {import('./cases.mjs').Attack} attack */
function passedByDeno({ category, needs }) {
  // Said in docs/threat-model.md.
  if (needs === 'files-with-link') return 'Deno follows links that the owner left in a granted folder'
  return category === 'js-bridge' ? 'about a layer inside the process' : null
}

/** @param {import('./cases.mjs').Attack} attack */
function passedByBareWall({ category, level, needs }) {
  if (needs === 'session') return NO_SESSIONS
  if (NOT_FOR_A_BARE_WALL.includes(category)) return 'not a matter of a wall'
  if (level === 'hardening') return 'about a layer inside the process'
  return /^(net-allow|files)/.test(needs) ? 'a grant is made by the product' : null
}
