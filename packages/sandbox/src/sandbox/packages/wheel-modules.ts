import { open } from 'node:fs/promises'
import { readZipEntries } from './zip-directory.ts'

/**
 * The names that `import` finds in a wheel, read from the table of contents at its end. Empty for a file that is no
 * archive: whoever installs it says what is wrong.
 */
export async function modulesOfWheel(path: string): Promise<ReadonlySet<string>> {
  try {
    await using file = await open(path, 'r')
    return topModules((await readZipEntries(file)).map(({ name }) => name))
  } catch {
    return new Set()
  }
}

/** `a/b.py` and `a.py` are found as `a`; what belongs to the wheel itself is no module. */
function topModules(names: readonly string[]): Set<string> {
  const tops = new Set<string>()
  for (const name of names) {
    const [top = '', ...rest] = name.split('/', 2)
    if (/\.(dist-info|data)$/.test(top) || !/\.(py|so)$/.test(name)) continue
    const module = rest.length > 0 ? top : (top.split('.')[0] ?? '')
    if (/^[A-Za-z_]\w*$/.test(module)) tops.add(module)
  }
  return tops
}
