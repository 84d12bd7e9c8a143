import { randomUUID } from 'node:crypto'
import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { makeFile } from 'agentchat-sandbox-base/disk/place-file'

/** The name of the service that lives in this folder: made once, and kept. */
export function instanceNameOf(folder: string): string {
  const path = join(folder, 'instance')
  makeFile(path, randomUUID())
  return readFileSync(path, 'utf8').trim()
}
