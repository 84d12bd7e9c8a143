import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PyodideSandbox } from '../src/sandbox/index.ts'

/** One cache folder with a fresh image for the whole test run, so that no test meets another version's. */
export default async function setup(): Promise<() => void> {
  const folder = mkdtempSync(join(tmpdir(), 'agentchat-test-cache-'))
  process.env.AGENTCHAT_CACHE_DIR = folder
  const sandbox = new PyodideSandbox()
  await sandbox.start()
  await sandbox.close()
  return () => rmSync(folder, { recursive: true, force: true })
}
