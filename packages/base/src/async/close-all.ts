/**
 * Does each step, one after the other, also when one before it has failed: what is to be closed is closed.
 * @throws what a step threw; an `AggregateError` of several
 */
export async function closeAll(...steps: readonly (() => Promise<unknown>)[]): Promise<void> {
  const failures: unknown[] = []
  for (const step of steps) {
    try {
      await step()
    } catch (error) {
      failures.push(error)
    }
  }
  if (failures.length > 1) throw new AggregateError(failures, 'Cannot close: several steps have failed')
  if (failures.length === 1) throw failures[0]
}
