import { untilAborted } from 'agentchat-sandbox-base/async/until-aborted'
import { Places } from '../places.ts'

/** Images that are built at the same time in this process, and those that may wait: a build is minutes of a processor. */
const places = new Places({ max: 2, maxQueue: 100 })

interface SharedBuild {
  readonly done: Promise<void>
  readonly controller: AbortController
  users: number
}

/** Builds that are under way in this process, by folder: two sandboxes do not build the same image twice. */
const builds = new Map<string, SharedBuild>()

/**
 * Waits for a build of this folder, which is begun when there is none. It ends when the last of those who wait for it has
 * given it up, and rejects then when nothing of it is left.
 * @throws what the build throws, or the reason of the signal
 */
export async function sharedBuild(
  folder: string,
  build: (signal: AbortSignal) => Promise<void>,
  signal: AbortSignal | undefined,
): Promise<void> {
  signal?.throwIfAborted()
  const shared = builds.get(folder) ?? begin(folder, build)
  shared.users += 1
  try {
    await untilAborted(shared.done, signal)
  } catch (error) {
    if (!signal?.aborted || shared.users > 1) throw error
    // A new one may begin at once.
    forget(folder, shared)
    shared.controller.abort(signal.reason)
    await shared.done.catch(() => {})
    throw error
  } finally {
    shared.users -= 1
  }
}

/** Does one build when it is its turn. @throws QueueFullError when too many wait */
export async function inBuildPlace(build: () => Promise<void>, signal: AbortSignal): Promise<void> {
  await places.take(signal)
  try {
    await build()
  } finally {
    places.free()
  }
}

function begin(folder: string, build: (signal: AbortSignal) => Promise<void>): SharedBuild {
  const controller = new AbortController()
  const done = build(controller.signal).finally(() => forget(folder, shared))
  const shared: SharedBuild = { done, controller, users: 0 }
  builds.set(folder, shared)
  return shared
}

function forget(folder: string, shared: SharedBuild): void {
  if (builds.get(folder) === shared) builds.delete(folder)
}
