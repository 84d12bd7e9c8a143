import { mkdir } from 'node:fs/promises'
import { dirname } from 'node:path'
import { hasCode } from 'agentchat-sandbox-base/disk/error-code'

/**
 * Makes a folder and those above it that are missing. Not Node's own `recursive`: that one never returns where a file
 * system refuses with ENOENT, as procfs does.
 */
export async function makeFolder(path: string): Promise<void> {
  try {
    await mkdirUnlessThere(path)
  } catch (error) {
    const parent = dirname(path)
    if (!hasCode(error, 'ENOENT') || parent === path) throw error
    await makeFolder(parent)
    await mkdirUnlessThere(path)
  }
}

async function mkdirUnlessThere(path: string): Promise<void> {
  try {
    await mkdir(path)
  } catch (error) {
    if (!hasCode(error, 'EEXIST')) throw error
  }
}
