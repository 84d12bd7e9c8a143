import { join } from 'node:path'
import { ownTree } from '../../disk/own-tree.ts'

/** Where the program of a child lies. Node reads no TypeScript: beside the source it is the one that was built. */
export function programOf(name: string): { readonly program: string; readonly packageFolder: string } {
  const { packageFolder, folder, extension } = ownTree(import.meta.url)
  const tree = extension === '.ts' ? join(packageFolder, 'build') : folder
  return { packageFolder, program: join(tree, 'gate', `${name}.js`) }
}
