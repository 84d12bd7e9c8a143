import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { lockFolder } from './folder-lock.ts'

let folder = ''
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'acs-lock-'))
})
afterEach(() => rmSync(folder, { recursive: true, force: true }))

test('lockFolder() refuses a folder that a running process has, until that one gives it back', () => {
  const lock = lockFolder(folder)
  expect(() => lockFolder(folder)).toThrow(`process ${process.pid} has it open`)
  lock[Symbol.dispose]()
  lock[Symbol.dispose]()
  lockFolder(folder)[Symbol.dispose]()
  expect(readdirSync(folder)).toEqual([])
})

test.each([
  ['of a process that is gone', JSON.stringify({ pid: 2 ** 22 + 1, started: 'x/1' })],
  [
    'of an earlier process with a number that is taken again',
    JSON.stringify({ pid: process.ppid, started: 'boot/1' }),
  ],
  ['that says nothing', 'garbage'],
])('lockFolder() takes a lock over %s', (_, text) => {
  if (process.platform !== 'linux' && text.includes('boot')) return
  writeFileSync(join(folder, 'service.lock'), text)
  using _lock = lockFolder(folder)
  expect(JSON.parse(readFileSync(join(folder, 'service.lock'), 'utf8'))).toMatchObject({ pid: process.pid })
  expect(readdirSync(folder)).toEqual(['service.lock'])
})
