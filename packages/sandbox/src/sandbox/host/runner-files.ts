import { join } from 'node:path'
import { ownTree } from 'agentchat-sandbox-base/disk/own-tree'
import { late } from '../../protocol/late.ts'

const tree = late(() => ownTree(import.meta.url))

/** A file of the runner, by its name without an ending. */
export function runnerFile(name: string): string {
  const { folder, extension } = tree()
  return join(folder, 'runner', `${name}${extension}`)
}

/** A program of the runner: plain files, from the source or built. */
export function runnerProgram(name: 'main' | 'build-image' | 'build-packages'): string {
  return runnerFile(name)
}

/** The Python half of the runner. */
export function runnerPythonFolder(): string {
  return join(tree().folder, 'runner', 'python')
}
