import { basename, join } from 'node:path'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { programTree } from '../../../test/fixtures/program-tree.ts'
import { InvalidOptionsError } from '../errors/errors.ts'

const { root, at, resolve, resolveOne } = programTree()

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
