import {
  chmodSync,
  copyFileSync,
  mkdirSync,
  mkdtempSync,
  realpathSync,
  renameSync,
  rmSync,
  symlinkSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { basename, join } from 'node:path'
import fc from 'fast-check'
import { afterAll, describe, expect, test } from 'vitest'
import { InvalidOptionsError } from '../errors/errors.ts'
import { findProgram, isUnchanged, resolveGrantedPrograms } from './programs.ts'

const root = realpathSync(mkdtempSync(join(tmpdir(), 'agentchat-programs-')))
afterAll(() => rmSync(root, { recursive: true, force: true }))
const at = (path: string) => join(root, path)

function program(path: string, text = `\x7fELF ${path}`, mode = 0o755): void {
  writeFileSync(at(path), text)
  chmodSync(at(path), mode)
}

for (const folder of ['first', 'second', 'elsewhere', 'a,b', 'first/folder']) mkdirSync(at(folder))
program('first/tool')
program('second/tool')
program('second/only-second')
program('first/plain', 'no program', 0o644)
program('second/plain')
program('elsewhere/bash')
program('elsewhere/busybox')
program('elsewhere/python3.14')
program('elsewhere/.hidden')
program('a,b/tool')
symlinkSync(at('elsewhere/bash'), at('first/bash'))
symlinkSync(at('elsewhere/bash'), at('first/my-tool'))
symlinkSync(at('elsewhere/busybox'), at('first/ls'))
symlinkSync(at('elsewhere/busybox'), at('first/ash'))
symlinkSync(at('elsewhere/python3.14'), at('first/python3'))
symlinkSync(at('a,b/tool'), at('first/to-comma'))
program('elsewhere/py.py', `#!${at('first/python3')} -u\nprint(1)\n`)
program('elsewhere/env.py', '#!/usr/bin/env python3\n')
program('elsewhere/split.py', '#!/usr/bin/env -S python3 -I -u\n')
program('elsewhere/run.sh', `#! ${at('first/bash')}\n`)
program('elsewhere/env.sh', '#!/usr/bin/env bash\n')
program('elsewhere/ash.sh', `#!${at('first/ash')}`)
program('elsewhere/box.sh', `#!${at('elsewhere/busybox')} sh\n`)
program('elsewhere/nested', `#!${at('elsewhere/py.py')}\n`)
program('elsewhere/relative', '#!python3\n')
program('elsewhere/no-interpreter', '#!/nowhere/python3\n')
program('elsewhere/not-found', '#!/usr/bin/env nothing\n')
program('elsewhere/two', `#!${at('first/python3')} -u -I\n`)
program('elsewhere/assign', '#!/usr/bin/env A=b python3\n')
program('elsewhere/assigned', '#!/usr/bin/env -S A=b python3\n')
program('elsewhere/option', '#!/usr/bin/env -i\n')
program('elsewhere/quoted', '#!/usr/bin/env -S python3 "$X"\n')
program('elsewhere/long', `#!/${'x'.repeat(300)}\n`)
program('elsewhere/batch.cmd')
program('first/script', `#!${at('first/python3')}\n`)

const searchPath = ['', 'relative', at('missing'), at('first'), at('second')].join(':')
const resolve = (...entries: string[]) => resolveGrantedPrograms(entries, { cwd: root, searchPath })
const resolveOne = (entry: string, ...others: string[]) => {
  const [first] = resolve(entry, ...others)
  if (first === undefined) throw new TypeError(entry)
  return first
}

function problemsOf(work: () => unknown): InvalidOptionsError['problems'] {
  try {
    work()
  } catch (error) {
    if (error instanceof InvalidOptionsError) return error.problems
    throw error
  }
  return []
}

describe('resolveGrantedPrograms()', () => {
  test.each([
    ['tool', 'tool', 'first/tool', 'first/tool', false],
    ['only-second', 'only-second', 'second/only-second', 'second/only-second', false],
    ['plain', 'plain', 'second/plain', 'second/plain', false],
    [at('second/tool'), 'tool', 'second/tool', 'second/tool', false],
    ['second/tool', 'tool', 'second/tool', 'second/tool', false],
    ['python3', 'python3', 'first/python3', 'elsewhere/python3.14', false],
    ['bash', 'bash', 'first/bash', 'elsewhere/bash', true],
    ['my-tool', 'my-tool', 'first/my-tool', 'elsewhere/bash', true],
    ['ls', 'ls', 'first/ls', 'elsewhere/busybox', false],
    ['ash', 'ash', 'first/ash', 'elsewhere/busybox', true],
    ['elsewhere/busybox', 'busybox', 'elsewhere/busybox', 'elsewhere/busybox', true],
  ])('finds %s', (entry, name, path, target, shell) => {
    expect(resolve(entry)).toMatchObject([
      { name, path: at(path), target: at(target), shell, interpreter: null },
    ])
  })

  test.each([
    ['elsewhere/py.py', 'first/python3', ['-u']],
    ['elsewhere/env.py', 'first/python3', []],
    ['elsewhere/split.py', 'first/python3', ['-I', '-u']],
  ])('grants the script %s by its path, with its interpreter', (entry, interpreter, args) => {
    expect(resolve(entry)).toMatchObject([
      {
        name: basename(entry),
        target: at(entry),
        shell: false,
        interpreter: { path: at(interpreter), target: at('elsewhere/python3.14'), shell: false, args },
      },
    ])
  })

  test.each([
    ['elsewhere/run.sh', 'bash'],
    ['elsewhere/run.sh', 'my-tool'],
    ['elsewhere/env.sh', 'elsewhere/bash'],
    ['elsewhere/ash.sh', 'ash'],
    ['elsewhere/box.sh', 'elsewhere/busybox'],
  ])('grants the shell script %s where %s is granted too', (entry, shell) => {
    expect(resolveOne(entry, shell).interpreter?.shell).toBe(true)
    expect(resolve(shell, entry)).toHaveLength(2)
  })

  test.each([
    ['', 'is empty'],
    ['tool,bash', 'holds a comma'],
    ['tool\0', 'holds a control character'],
    ['missing', 'is not a program in any folder of PATH'],
    ['*', 'is not a program in any folder of PATH'],
    ['..', 'is not a program in any folder of PATH'],
    ['folder', 'is not a program in any folder of PATH'],
    ['.hidden', 'is not a program in any folder of PATH'],
    ['tool -x', 'is not a program in any folder of PATH'],
    ['./missing', 'does not exist'],
    ['first/folder', 'is not an executable file'],
    ['first/plain', 'is not an executable file'],
    ['first/../second/tool', 'goes up with ".."'],
    ['/', 'the whole file system'],
    ['/proc/self/exe', 'is in "/proc"'],
    ['to-comma', 'holds a comma'],
    ['script', `is a script; grant it by its path: write "${at('first/script')}"`],
    ['elsewhere/run.sh', `is a script for the shell "${at('first/bash')}"; grant that shell as well`],
    ['elsewhere/env.sh', 'grant that shell as well'],
    ['elsewhere/ash.sh', 'grant that shell as well'],
    ['elsewhere/box.sh', 'grant that shell as well'],
    ['elsewhere/nested', 'is a script too'],
    ['elsewhere/relative', 'is not absolute'],
    ['elsewhere/no-interpreter', 'does not exist'],
    ['elsewhere/not-found', 'is not a program in any folder of PATH'],
    ['elsewhere/two', 'more than one argument'],
    ['elsewhere/assign', 'started through "env"'],
    ['elsewhere/assigned', 'started through "env"'],
    ['elsewhere/option', 'started through "env"'],
    ['elsewhere/quoted', 'started through "env"'],
    ['elsewhere/long', 'too long a first line'],
    ['elsewhere/batch.cmd', 'is a batch file'],
  ])('refuses %j: %s', (entry, reason) => {
    const problems = problemsOf(() => resolve('ls', entry))
    expect(problems).toEqual([{ path: 'allowRun[1]', problem: expect.stringContaining(reason) }])
  })

  test('gives a program once', () => {
    expect(resolve('tool', at('first/tool'), 'tool')).toHaveLength(1)
    expect(resolve('tool', at('second/tool'))).toHaveLength(2)
  })
})

describe('isUnchanged()', () => {
  test('is true for an untouched program, and for one with the same bytes', () => {
    program('elsewhere/kept')
    const granted = resolveOne('elsewhere/kept')
    expect(isUnchanged(granted)).toBe(true)
    copyFileSync(at('elsewhere/kept'), at('elsewhere/copy'))
    renameSync(at('elsewhere/copy'), at('elsewhere/kept'))
    expect(isUnchanged(granted)).toBe(true)
  })

  test.each([
    ['rewritten', () => writeFileSync(at('elsewhere/victim'), 'something else')],
    [
      'rewritten with the same length and time',
      () => {
        writeFileSync(at('elsewhere/victim'), '\x7fELF elsewhere/victim'.toUpperCase())
        utimesSync(at('elsewhere/victim'), 1_000_000, 1_000_000)
      },
    ],
    [
      'replaced by another file',
      () => {
        program('elsewhere/new', 'x')
        renameSync(at('elsewhere/new'), at('elsewhere/victim'))
      },
    ],
    [
      'replaced by a link',
      () => {
        rmSync(at('elsewhere/victim'))
        symlinkSync(at('elsewhere/bash'), at('elsewhere/victim'))
      },
    ],
    ['removed', () => rmSync(at('elsewhere/victim'))],
  ])('is false for a program that was %s', (_how, change) => {
    rmSync(at('elsewhere/victim'), { force: true })
    program('elsewhere/victim')
    utimesSync(at('elsewhere/victim'), 1_000_000, 1_000_000)
    const granted = resolveOne('elsewhere/victim')
    expect(isUnchanged(granted)).toBe(true)
    change()
    expect(isUnchanged(granted)).toBe(false)
  })

  test('is false for a script whose interpreter was replaced', () => {
    program('elsewhere/engine')
    program('elsewhere/engine-script', `#!${at('elsewhere/engine')}\n`)
    const granted = resolveOne('elsewhere/engine-script')
    expect(isUnchanged(granted)).toBe(true)
    program('elsewhere/engine', 'another')
    expect(isUnchanged(granted)).toBe(false)
  })

  test('is about the program that PATH led to at the start', () => {
    const granted = resolveOne('only-second')
    program('first/only-second', 'found earlier now')
    expect(granted.target).toBe(at('second/only-second'))
    expect(isUnchanged(granted)).toBe(true)
  })
})

test('findProgram() knows a program by name, path and target, and nothing beside it', () => {
  const granted = resolve('python3', 'second/tool')
  for (const asked of ['python3', at('first/python3'), at('elsewhere/python3.14')]) {
    expect(findProgram(granted, asked)?.name).toBe('python3')
  }
  expect(findProgram(granted, 'tool')?.path).toBe(at('second/tool'))
  for (const asked of ['', 'python', 'python3.14', './tool', at('first/tool'), 'python3\0', 'python3 -c x']) {
    expect(findProgram(granted, asked)).toBeNull()
  }
})

test('resolveGrantedPrograms() grants no program that the list does not name', () => {
  const names = ['tool', 'ls', 'ash', 'bash', 'script', 'first/tool', 'second/tool', at('elsewhere/bash')]
  const scripts = [
    'elsewhere/run.sh',
    'elsewhere/py.py',
    'elsewhere/env.sh',
    'to-comma',
    'x,y',
    '',
    'a\0',
    '../tool',
  ]
  fc.assert(
    fc.property(fc.array(fc.constantFrom(...names, ...scripts), { maxLength: 4 }), (list) => {
      const problems = problemsOf(() => {
        const granted = resolve(...list)
        for (const { name, path, target, shell, interpreter } of granted) {
          expect(list.some((entry) => entry === name || join(root, entry) === path || entry === path)).toBe(
            true,
          )
          expect(`${name}${path}${target}${interpreter?.target}`).not.toMatch(/[,\p{Cc}]/u)
          expect(shell).toBe(/(?:bash|ash)$/.test(path))
          if (interpreter?.shell)
            expect(granted.some((each) => each.shell && each.target === interpreter.target)).toBe(true)
        }
      })
      for (const { path } of problems) expect(path).toMatch(/^allowRun\[[0-3]\]$/)
    }),
    { numRuns: 10_000 },
  )
})
