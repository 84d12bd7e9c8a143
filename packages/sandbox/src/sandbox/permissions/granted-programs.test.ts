import { copyFileSync, renameSync, rmSync, symlinkSync, utimesSync, writeFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { programTree } from '../../../test/fixtures/program-tree.ts'
import { findProgram, isUnchanged } from './programs.ts'

const { at, program, resolve, resolveOne } = programTree()

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
