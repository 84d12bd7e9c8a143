import { setTimeout as sleep } from 'node:timers/promises'

/** Longer than a worker takes to start, and to warm up for the first time. */
const SETTLE_MS = 1000

/** @param {import('../packages/sandbox/build/sandbox/index.js').PyodideSandbox} sandbox whose pool is to be full */
export async function settled(sandbox) {
  await sandbox.start()
  await sleep(SETTLE_MS)
}

/**
 * Runs code in a session, and begins to close it: that is no part of what a caller sees.
 * @param {import('../packages/sandbox/build/sandbox/index.js').SandboxSession} session
 * @param {string} code
 * @param {unknown} expected
 */
export async function expectResult(session, code, expected) {
  const { result, error } = await session.execute(code)
  void session.close()
  if (result !== expected) throw new Error(`Cannot measure: ${error?.message ?? JSON.stringify(result)}`)
}

/**
 * @param {() => Promise<unknown>} action
 * @returns {Promise<number>} milliseconds
 */
export async function timed(action) {
  const started = performance.now()
  await action()
  return performance.now() - started
}
