// How the naive runner is started: alone, and behind the second wall of the product. There it is exactly the product's own
// command line, in which only the program is another one: so the wall shows what it holds by itself.
import { NO_FILES } from '../../packages/sandbox/src/sandbox/permissions/file-access.ts'
import { findBubblewrap } from '../../packages/sandbox/src/sandbox/wall/host-tools.ts'
import { launchWorker } from '../../packages/sandbox/src/sandbox/wall/launch.ts'
import type { BareSettings } from './host/outcome.ts'
import { NAIVE_PROGRAM, type Workplace } from './workplace.ts'

/** `deno run -A`: what an embedder writes on the first day. */
export function unprotected({ deno, image, env }: Workplace): BareSettings {
  const args = ['run', '-A', '--quiet', `${image}/${NAIVE_PROGRAM}`, image]
  return { kind: 'bare', path: deno, args, env, denoDir: null }
}

/** Bubblewrap alone: inside it Deno may do everything. A text says why there is no such wall. */
export function behindBubblewrap({ deno, image, denoDir }: Workplace): BareSettings | string {
  const bubblewrap = findBubblewrap()
  if (bubblewrap === null) return 'bubblewrap is not installed'
  const launch = launchWorker({
    deno,
    image,
    denoDir,
    wall: { bubblewrap, sealed: true, filtered: true },
    files: NO_FILES,
    audit: null,
  })
  const wall = launch.args.slice(0, launch.args.lastIndexOf('run'))
  const inside = wall[wall.indexOf(image) + 1] ?? image
  const args = [...wall, 'run', '-A', '--quiet', `${inside}/${NAIVE_PROGRAM}`, inside]
  return { kind: 'bare', path: launch.path, args, env: launch.env, denoDir }
}
