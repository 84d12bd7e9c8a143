import { basename } from 'node:path'

/** With a version behind it (`bash-5.2`, `ksh93`) or `.exe`, a shell is still one. */
const SHELL =
  /^r?(?:sh|ash|bash|busybox|cmd|csh|dash|elvish|fish|ksh|mksh|nu|osh|powershell|pwsh|tcsh|toybox|xonsh|yash|zsh)(?:[-.\d]*)(?:-static|\.exe)?$/i

/** Programs that hold many others and go by the name that they are started as. */
const MULTI_CALL = /^(?:busybox|toybox)/i

/**
 * Whether starting `target` under the name `startedAs` gives a shell. A link `ls` to BusyBox is none, as long as the
 * program is started under that name.
 */
export function isShell(startedAs: string, target: string): boolean {
  const name = basename(target)
  return SHELL.test(basename(startedAs)) || (SHELL.test(name) && !MULTI_CALL.test(name))
}
