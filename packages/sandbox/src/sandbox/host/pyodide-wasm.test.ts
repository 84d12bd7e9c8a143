import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { LINUX_ERROR_NUMBERS } from './linux-error-numbers.ts'
import { findPyodide } from './pyodide-package.ts'
import { editWasm, wasmEdits } from './pyodide-wasm.ts'

const pyodide = findPyodide()

test('editWasm() changes five functions', () => {
  const own = readFileSync(join(pyodide.folder, 'pyodide.asm.wasm'))
  const edited = editWasm(pyodide)
  const added = wasmEdits().reduce((sum, [found, put]) => sum + (put.length - found.length) / 2, 0)
  // The size of each function that grew takes as many bytes as before.
  expect(edited.length).toBe(own.length + added)
})

test('LINUX_ERROR_NUMBERS has every number of Pyodide, and is of one mind with the names that Python has', () => {
  const text = readFileSync(join(pyodide.folder, 'pyodide.asm.mjs'), 'utf8')
  const codes = /ERRNO_CODES=\{(E[^}]*)\}/
    .exec(text)?.[1]
    ?.split(',')
    .map((entry) => entry.split(':'))
  const python = readFileSync(
    new URL('../../runner/python/agentchat/library/error_numbers.py', import.meta.url),
    'utf8',
  )
  const names = /_NAMES = """([^"]*)"""/.exec(python)?.[1]?.trim().split(/\s+/) ?? []
  const aliases: Record<string, string> = {
    EWOULDBLOCK: 'EAGAIN',
    EDEADLK: 'EDEADLOCK',
    EOPNOTSUPP: 'ENOTSUP',
  }
  const expected = new Map(
    codes?.map(([name = '', number]) => [Number(number), names.indexOf(aliases[name] ?? name) + 1]),
  )
  expect(new Map(LINUX_ERROR_NUMBERS)).toEqual(expected)
})
