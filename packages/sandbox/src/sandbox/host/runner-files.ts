import { join } from 'node:path'
import { ownTree } from 'agentchat-sandbox-base/disk/own-tree'

const TREE = ownTree(import.meta.url)

/** A file of the runner, by its name without an ending. */
export const runnerFile = (name: string): string => join(TREE.folder, 'runner', `${name}${TREE.extension}`)

/** A program of the runner: plain files, from the source or built. */
export function runnerProgram(name: 'main' | 'build-image' | 'build-packages'): string {
  return runnerFile(name)
}

/** The Python half of the runner. */
export function runnerPythonFolder(): string {
  return join(TREE.folder, 'runner', 'python')
}
