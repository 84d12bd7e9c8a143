import { existsSync } from 'node:fs'
import { dirname, extname, join, relative, sep } from 'node:path'
import { fileURLToPath } from 'node:url'

/** Where the code that runs lies. */
export interface OwnTree {
  /** The folder of its package. */
  readonly packageFolder: string
  /** `src`, `build` or `dist` below it, which have the same folders and entries. */
  readonly folder: string
  /** The ending of its programs. */
  readonly extension: '.ts' | '.js'
}

/**
 * The tree of files that a module belongs to, given its `import.meta.url`. In a bundle a module may lie anywhere in the
 * tree, so that a path relative to the module leads nowhere.
 */
export function ownTree(moduleUrl: string): OwnTree {
  const file = fileURLToPath(moduleUrl)
  let packageFolder = dirname(file)
  while (!existsSync(join(packageFolder, 'package.json'))) {
    const above = dirname(packageFolder)
    if (above === packageFolder)
      throw new Error(`Cannot find the package of "${file}": no package.json above it`)
    packageFolder = above
  }
  const [tree = ''] = relative(packageFolder, file).split(sep)
  return {
    packageFolder,
    folder: join(packageFolder, tree),
    extension: extname(file) === '.ts' ? '.ts' : '.js',
  }
}
