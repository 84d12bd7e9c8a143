import { type ChildProcess, spawn } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import { killMarked, MARKER_FD } from './marked.ts'

/**
 * Sees to it that no worker and no temporary file outlives this process, however it ends. A small shell reads from a
 * pipe which process groups are alive; when this process is gone, even by SIGKILL, the pipe ends and the shell kills
 * them, and every process that carries a mark (see `marked.ts`) of this process's temporary folder. A worker that it was
 * not told of any more waits for a reader of its notes, in a pipe of that folder: it gets one for ten seconds, finds that
 * its input has ended, and ends. Where there is no POSIX shell, workers still end by themselves when their standard input does.
 */
const GUARDIAN_SCRIPT = `
groups=''
while read -r change group; do
  case $change in
    +) groups="$groups $group" ;;
    -) kept=''; for each in $groups; do [ "$each" = "$group" ] || kept="$kept $each"; done; groups=$kept ;;
  esac
done
for each in $groups; do kill -9 "-$each" 2>/dev/null; done
ls -l /proc/[0-9]*/fd/${MARKER_FD} 2>/dev/null | while read -r line; do
  case $line in
    *"/\${1##*/}/"*) process=\${line#*/proc/}; kill -9 "\${process%%/*}" 2>/dev/null ;;
  esac
done
for each in "$1"/*; do
  [ -p "$each" ] && { exec 9<>"$each"; sleep 10 & exec 9<&-; }
done
rm -rf -- "$1"
`

const groups = new Set<number>()
let root: string | null = null
let shell: ChildProcess | null = null
let paths = 0

/** The folder that holds all temporary files of this process. */
export function temporaryRoot(): string {
  if (root === null) {
    root = mkdtempSync(join(tmpdir(), `agentchat-sandbox-${process.pid}-`))
    process.once('exit', endEverything)
    // Who is killed before the first worker has started leaves the folder to the shell.
    if (process.platform !== 'win32') startShell(root)
  }
  return root
}

/** A path for one worker's temporary folder; nothing is there yet. */
export function newTemporaryPath(): string {
  paths += 1
  return join(temporaryRoot(), `w${paths}`)
}

/** From now on this process group ends with this process. */
export function guard(group: number): void {
  groups.add(group)
  if (process.platform === 'win32') return
  const folder = temporaryRoot()
  if (shell === null) startShell(folder)
  else tell('+', group)
}

/** The process group has ended. */
export function release(group: number): void {
  if (groups.delete(group)) tell('-', group)
}

/** Kills a whole process group at once. False when it was gone already. */
export function killGroup(group: number): boolean {
  return signalGroup(group, 'SIGKILL')
}

/** Sends a signal to a whole process group. False when it was gone already. */
export function signalGroup(group: number, signal: 'SIGKILL' | 'SIGSTOP' | 'SIGCONT'): boolean {
  try {
    process.kill(process.platform === 'win32' ? group : -group, signal)
    return true
  } catch {
    return false
  }
}

function startShell(folder: string): void {
  const child = spawn('/bin/sh', ['-c', GUARDIAN_SCRIPT, 'agentchat-guardian', folder], {
    detached: true,
    env: { PATH: '/usr/bin:/bin' },
    stdio: ['pipe', 'ignore', 'ignore'],
  })
  shell = child
  child.unref()
  child.on('error', () => {})
  child.stdin?.on('error', () => {})
  if (child.stdin !== null && 'unref' in child.stdin) (child.stdin as { unref(): void }).unref()
  child.once('exit', () => {
    if (shell === child) shell = null
  })
  for (const group of groups) tell('+', group)
}

function tell(change: '+' | '-', group: number): void {
  shell?.stdin?.write(`${change} ${group}\n`)
}

function endEverything(): void {
  for (const group of groups) killGroup(group)
  if (root !== null) killMarked(`/${basename(root)}/`)
  if (root !== null) rmSync(root, { recursive: true, force: true })
}
