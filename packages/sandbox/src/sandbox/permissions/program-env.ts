import { delimiter } from 'node:path'
import { quoted } from './entries.ts'
import type { EnvValues } from './env-names.ts'

/** What the environment of a program is decided by. */
export interface EnvContext {
  /** What `allowEnv` grants: these names may have these values. */
  readonly granted: EnvValues
  /** The text of the host's PATH. */
  readonly searchPath: string
}

export type EnvDecision =
  | { readonly allowed: true; readonly env: EnvValues }
  | { readonly allowed: false; readonly reason: string }

const NAME = /^[A-Za-z_]\w*$/
const SYSTEM_FOLDERS = ['/bin', '/sbin', '/usr/bin', '/usr/sbin', '/usr/local/bin', '/usr/local/sbin']

/** Variables that make a program load or run what they name: whole names, then families, then what many tools heed. */
const INJECTS = [
  /^(?:ENV|IFS|CDPATH|FPATH|GLOBIGNORE|PS\d|SHELL|SHELLOPTS|BASHOPTS|ZDOTDIR|HOME|BROWSER|TZDIR|HOSTALIASES|LOCALDOMAIN)$/,
  /^(?:CC|CXX|CPP|LD|AR|MAKEFILES|EXINIT|VIMINIT|NETRC|LESS|LESSOPEN|LESSCLOSE|PHPRC|WGETRC|INPUTRC|SCREENRC)$/,
  /^(?:GREP|TAR|ZIP|UNZIP|XZ|GZIP|BZIP2?|CLASSPATH|KUBECONFIG|GNUPGHOME|TERMCAP|TERMINFO|TERMINFO_DIRS)$/,
  // The loader and the C library; shells.
  /^(?:LD|DYLD|MALLOC|GLIBC|GCONV|RES|BASH|BASH_FUNC|KSH|ZSH|FISH|PROMPT)_/,
  // Languages and their tools.
  /^(?:NPM|YARN|PNPM|DENO|BUN|BUNDLE|GEM|LUA|JAVA|_JAVA|JDK|JVM|PHP|R|JULIA|GUILE|CGO|CARGO|RUSTC?|ERL|ELIXIR|MIX)_/,
  /^(?:DOTNET|CORECLR|COR|MONO|TCL|OCAML|GHC|PIP|CONDA|UV|VIRTUAL)_/,
  /^(?:PYTHON|PERL|RUBY|LUA_|NODE_(?!ENV$)|GO(?:FLAGS|PATH|ROOT|ENV|BIN|CACHE|PROXY|TOOLCHAIN))/,
  // Tools that start others, or read their settings from where they are told.
  /^(?:GIT|SSH|HG|SVN|CVS|RSYNC|SYSTEMD|SUDO|DOCKER|KUBE|AWS|GPG|CURL|WGET|OPENSSL|SSL|PKG|EMACS)_/,
  /^(?:GTK|GDK|GIO|GST|QT|XDG|DBUS)_/,
  /(?:EDITOR|VISUAL|PAGER|ASKPASS|PATH|PRELOAD|FLAGS)$/,
  /(?:^|_|\d|ZIP)(?:OPTS?|OPTIONS?|PLUGINS?|MODULES?|COMMAND|CMD|RSH|RC|CONFIG|HOME|STARTUP|INIT|HOOKS?|WRAPPER)$/,
].map((pattern) => new RegExp(pattern.source, 'i'))

/**
 * The environment of a program that Python starts: what Python asks for and nothing else. A granted variable may have
 * its granted value. Of the others none may be one that makes programs load or run something; PATH may name folders of
 * the system and of the host's own PATH.
 */
export function decideEnv(asked: readonly (readonly [string, string])[], context: EnvContext): EnvDecision {
  const env: Record<string, string> = Object.create(null)
  for (const [name, value] of asked) {
    const problem = problemOf(name, value, context)
    if (problem !== null) return { allowed: false, reason: problem }
    env[name] = value
  }
  return { allowed: true, env }
}

function problemOf(name: string, value: string, { granted, searchPath }: EnvContext): string | null {
  if (value.includes('\0')) return `Cannot set the variable ${quoted(name)}: its value holds a NUL character`
  if (Object.hasOwn(granted, name) && granted[name] === value) return null
  if (!NAME.test(name)) {
    return `Cannot set the variable ${quoted(name)}: a name is letters, digits and "_", and begins with no digit`
  }
  if (name === 'PATH') return isSystemPath(value, searchPath) ? null : pathProblem(value)
  if (!INJECTS.some((pattern) => pattern.test(name))) return null
  return (
    `Cannot set the variable ${quoted(name)}: it can make a program run other code than "allowRun" grants; ` +
    'only the value that the host itself has can be passed on, when "allowEnv" grants it'
  )
}

function isSystemPath(value: string, searchPath: string): boolean {
  const known = new Set([...SYSTEM_FOLDERS, ...searchPath.split(delimiter).filter((each) => each !== '')])
  return value.split(delimiter).every((folder) => folder.startsWith('/') && known.has(folder))
}

function pathProblem(value: string): string {
  return (
    `Cannot set the variable "PATH" to ${quoted(value)}: it may only name ${SYSTEM_FOLDERS.join(', ')} ` +
    "and folders of the host's own PATH"
  )
}
