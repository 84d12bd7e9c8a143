import { expect, test } from 'vitest'
import { isShell } from './programs.ts'

test.each([
  ['/bin/sh', '/usr/bin/dash', true],
  ['/bin/bash', '/bin/bash', true],
  ['/opt/bash-5.2', '/opt/bash-5.2', true],
  ['/bin/rbash', '/bin/bash', true],
  ['/usr/bin/ksh', '/etc/alternatives/ksh93', true],
  ['/usr/bin/fish', '/usr/bin/fish', true],
  ['/bin/zsh', '/bin/zsh-5.9', true],
  ['/bin/busybox', '/bin/busybox', true],
  ['/bin/busybox-static', '/bin/busybox-static', true],
  ['/bin/sh', '/bin/busybox', true],
  ['/bin/innocent', '/bin/bash', true],
  ['/tools/pwsh.exe', '/tools/pwsh.exe', true],
  ['/tools/CMD.EXE', '/tools/CMD.EXE', true],
  ['/bin/ls', '/bin/busybox', false],
  ['/usr/bin/git', '/usr/bin/git', false],
  ['/usr/bin/ssh', '/usr/bin/ssh', false],
  ['/usr/bin/shuf', '/usr/bin/shuf', false],
  ['/usr/bin/bashful', '/usr/bin/bashful', false],
  ['/bash/tool', '/bash/tool', false],
])('isShell(%s, %s) is %s', (startedAs, target, expected) => {
  expect(isShell(startedAs, target)).toBe(expected)
})
