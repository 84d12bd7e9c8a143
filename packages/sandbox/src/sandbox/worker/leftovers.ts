import { rm } from 'node:fs/promises'
import type { WorkerPlan } from './worker-plan.ts'

/**
 * Ends and removes what a worker had beside its process. Never throws: what cannot be removed now is removed with the
 * temporary folder, when the host ends.
 */
export async function removeLeftovers({
  bridge,
  audit,
  denoDir,
}: Pick<WorkerPlan, 'bridge' | 'audit' | 'denoDir'>): Promise<void> {
  await Promise.allSettled([bridge.close()])
  await Promise.allSettled([audit?.[Symbol.asyncDispose](), rm(denoDir, { recursive: true, force: true })])
}
