import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PyodideSandbox } from 'agentchat-sandbox'

/**
 * One cache folder with a fresh image for the whole test run, so that no test meets another version's.
 * `AGENTCHAT_TEST_CACHE` names a folder that is kept, which saves ten seconds a run.
 */
export default async function setup(): Promise<() => void> {
  const kept = process.env.AGENTCHAT_TEST_CACHE
  const folder = kept ?? mkdtempSync(join(tmpdir(), 'agentchat-test-cache-'))
  process.env.AGENTCHAT_CACHE_DIR = folder
  const sandbox = new PyodideSandbox()
  await sandbox.start()
  await sandbox.close()
  return () => {
    if (kept === undefined) rmSync(folder, { recursive: true, force: true })
  }
}
