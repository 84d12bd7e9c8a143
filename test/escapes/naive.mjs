// How the naive runner is started: alone, and behind the second wall of the product. There it is exactly the product's own
// command line, in which only the program is another one: so the wall shows what it holds by itself.
import { findBubblewrap } from '../../dist/sandbox/wall/host-tools.js'
import { launchWorker } from '../../dist/sandbox/wall/launch.js'
import { NAIVE_PROGRAM } from './workplace.mjs'

const INSIDE_IMAGE = '/app/image'

/**
 * `deno run -A`: what an embedder writes on the first day.
 * @param {import('./workplace.mjs').Workplace} place
 */
export function unprotected({ deno, image, env }) {
  const args = ['run', '-A', '--quiet', `${image}/${NAIVE_PROGRAM}`, image]
  return { kind: 'bare', path: deno, args, env, denoDir: null }
}

/**
 * Bubblewrap alone: inside it Deno may do everything.
 * @param {import('./workplace.mjs').Workplace} place
 * @returns {object | string} a text says why there is no such wall
 */
export function behindBubblewrap({ deno, image, denoDir }) {
  const bubblewrap = findBubblewrap()
  if (bubblewrap === null) return 'bubblewrap is not installed'
  const launch = launchWorker({ deno, image, denoDir, bubblewrap })
  const wall = launch.args.slice(0, launch.args.lastIndexOf('run'))
  const args = [...wall, 'run', '-A', '--quiet', `${INSIDE_IMAGE}/${NAIVE_PROGRAM}`, INSIDE_IMAGE]
  return { kind: 'bare', path: launch.path, args, env: launch.env, denoDir }
}
