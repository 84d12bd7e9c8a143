import { setMaxListeners } from 'node:events'

/** Aborts whatever waits when something is closed. As many may wait as there are: Node is not to warn of a leak. */
export function closingController(): AbortController {
  const controller = new AbortController()
  setMaxListeners(0, controller.signal)
  return controller
}
