/**
 * Lets `work` go on while nobody waits for it. Its failure is told to `onFailure`, by default to nobody: as an unhandled
 * rejection it would end the process of the host.
 */
export function inBackground(work: Promise<unknown>, onFailure: (error: unknown) => void = () => {}): void {
  work.catch(onFailure)
}
