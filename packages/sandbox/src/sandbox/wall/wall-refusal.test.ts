import { expect, test } from 'vitest'
import { refusalOf } from './second-wall.ts'

test.each([
  ['bwrap: Unknown option --disable-userns', 'never'],
  ['bwrap: Unknown option --seccomp', 'never'],
  [
    'bwrap: No permissions to create new namespace, likely because the kernel does not allow non-privileged user namespaces.',
    'never',
  ],
  ['bwrap: No permissions to creating new namespace, likely because ...', 'never'],
  [
    'bwrap: Creating new namespace failed, likely because the kernel does not support user namespaces.',
    'never',
  ],
  ['bwrap: Creating new namespace failed: Operation not permitted', 'never'],
  ['bwrap: setting up uid map: Permission denied', 'never'],
  ['bwrap: loopback: Failed RTM_NEWADDR: Operation not permitted', 'never'],
  ["bwrap: Can't mount proc on /newroot/proc: Operation not permitted", 'never'],
  ["bwrap: Can't bind mount /oldroot/dev/null on /newroot/dev/null: Operation not permitted", 'never'],
  ['bwrap: cannot open /proc/sys/user/max_user_namespaces: Read-only file system', 'never'],
  ['bwrap: prctl(PR_SET_SECCOMP): Invalid argument', 'never'],
  ['bwrap: Creating new namespace failed: Resource temporarily unavailable', 'now'],
  ["bwrap: Can't fork for pid 1: Resource temporarily unavailable", 'now'],
  ['bwrap: Creating new namespace failed: Cannot allocate memory', 'now'],
  ['bwrap: Creating new namespace failed: No space left on device', 'now'],
  [
    'bwrap: Creating new namespace failed: nesting depth or /proc/sys/user/max_*_namespaces exceeded (ENOSPC)',
    'now',
  ],
  ['bwrap: open /proc/self/ns/ns failed: Too many open files', 'now'],
  ['bwrap: something that nobody has read yet', 'now'],
  ["bwrap: Can't find source path /home/ada/data: Permission denied", 'start'],
  ["bwrap: Can't bind mount /oldroot/srv/x on /newroot/srv/x: Operation not permitted", 'start'],
  ["bwrap: Can't find source path /cache/images/base: No such file or directory", 'start'],
  ['error: Module not found', null],
  ['', null],
] as const)('refusalOf() takes %j for %s', (detail, meaning) => {
  expect(refusalOf(detail)).toBe(meaning)
})

test('refusalOf() knows that a limit of no name spaces at all is no bad moment', () => {
  expect(refusalOf('bwrap: Creating new namespace failed: No space left on device', true)).toBe('never')
})
