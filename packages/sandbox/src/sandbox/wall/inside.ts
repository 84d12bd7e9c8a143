import type { FileBind } from '../permissions/file-access.ts'
import { isInside } from '../permissions/real-path.ts'

/** Where everything of ours lies inside the second wall. Neutral: a stack trace tells nothing of the host. */
export interface InsidePaths {
  /** The folder that holds all the others. */
  readonly base: string
  readonly deno: string
  readonly image: string
  readonly runner: string
  readonly protocol: string
  readonly denoDir: string
  readonly audit: string
}

/** The second and later ones are for machines where a granted folder has the name of the first. */
const BASES = ['/app', '/agentchat', '/agentchat-sandbox', '/.agentchat-sandbox']

/**
 * A place that no granted file or folder needs for itself.
 * @throws TypeError when the grants leave none
 */
export function insidePaths(binds: readonly Pick<FileBind, 'target'>[]): InsidePaths {
  const base = BASES.find((each) =>
    binds.every(({ target }) => !isInside(each, target) && !isInside(target, each)),
  )
  if (base === undefined) throw new TypeError(`Cannot place the worker: the grants cover ${BASES.join(', ')}`)
  return {
    base,
    deno: `${base}/deno`,
    image: `${base}/image`,
    runner: `${base}/runner`,
    protocol: `${base}/protocol`,
    denoDir: `${base}/cache`,
    audit: `${base}/audit`,
  }
}
