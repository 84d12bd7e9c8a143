import { EntryRefusal, parseEntries } from './entries.ts'

/** Values by name, without a prototype: a variable may be called `constructor`. */
export type EnvValues = Readonly<Record<string, string>>

const NAME = /^[A-Za-z_]\w*$/

/**
 * The variables that Python will see: those of `env` that are named, or all for `true`. A named variable that is not
 * set is no error, and not in the answer.
 * @throws InvalidOptionsError naming each entry that is not the name of a variable
 */
export function resolveEnv(
  grant: boolean | readonly string[],
  env: Readonly<Record<string, string | undefined>>,
): EnvValues {
  const values: Record<string, string> = Object.create(null)
  for (const name of grant === true ? allNames(env) : parseEnvNames(grant === false ? [] : grant)) {
    const value = Object.hasOwn(env, name) ? env[name] : undefined
    if (value !== undefined) values[name] = value
  }
  return values
}

/**
 * The names of a list, each once.
 * @throws InvalidOptionsError as `resolveEnv`
 */
export function parseEnvNames(entries: readonly string[]): string[] {
  return [...new Set(parseEntries('allowEnv', entries, parseEnvName))]
}

function parseEnvName(entry: string): string {
  if (entry.includes('*')) throw new EntryRefusal('holds a wildcard; name each variable')
  if (entry.includes(',')) throw new EntryRefusal('holds a comma; make each variable an entry of its own')
  if (entry.includes('='))
    throw new EntryRefusal('holds "="; write only the name, the value is the one that is set')
  if (!NAME.test(entry)) {
    throw new EntryRefusal('is not a name of letters, digits and "_" that begins with a letter or "_"')
  }
  return entry
}

/** What no name of `os.environ` may be; Windows keeps a drive's current folder under names like `=C:`. */
function allNames(env: Readonly<Record<string, string | undefined>>): string[] {
  return Object.keys(env).filter((name) => !/^$|[=\0]/.test(name))
}
