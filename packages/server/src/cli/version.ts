import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ownTree } from 'agentchat-sandbox-base/disk/own-tree'

/** The version of this package. */
export function readVersion(): string {
  const manifest: unknown = JSON.parse(
    readFileSync(join(ownTree(import.meta.url).packageFolder, 'package.json'), 'utf8'),
  )
  return typeof manifest === 'object' && manifest !== null && 'version' in manifest
    ? String(manifest.version)
    : 'unknown'
}
