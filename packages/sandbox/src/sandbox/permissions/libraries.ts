import { EntryRefusal, parseEntries } from './entries.ts'
import { type GrantedPath, resolvePath } from './paths.ts'

/**
 * Looks up each entry of `allowFfi`: the path of a library file. Names that a loader would search for are not read.
 * @throws InvalidOptionsError naming each entry that is not a file or cannot be granted exactly
 */
export function resolveGrantedLibraries(entries: readonly string[], cwd: string): GrantedPath[] {
  const libraries = parseEntries('allowFfi', entries, (entry) => {
    const library = resolvePath(entry, { cwd, protectedFolders: [] })
    if (library.kind !== 'file') throw new EntryRefusal('is a folder; name each library file')
    return library
  })
  return [...new Map(libraries.map((library) => [library.path, library])).values()]
}
