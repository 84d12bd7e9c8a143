import { type ChildProcess, spawn, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import {
  existsSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  utimesSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, describe, expect, test } from 'vitest'
import { takeLock, takeLockWhenKnown } from './lock.ts'
import { ownMark } from './process-mark.ts'

let folder = ''
let path = ''
const children: ChildProcess[] = []
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'acs-lock-'))
  path = join(folder, 'a.lock')
})
afterEach(() => {
  for (const child of children.splice(0)) child.kill('SIGKILL')
  rmSync(folder, { recursive: true, force: true })
})

test('takeLock() refuses what a running process holds, until that one gives it back', () => {
  const lock = takeLock(path)
  expect(() => takeLock(path)).toThrow(`process ${process.pid} holds it`)
  lock[Symbol.dispose]()
  lock[Symbol.dispose]()
  takeLock(path)[Symbol.dispose]()
  expect(readdirSync(folder)).toEqual([])
})

test.each([
  ['of a process that is gone', { ...ownMark(), pid: 2 ** 22 + 1 }],
  ['of an earlier process with a number that is taken again', { ...ownMark(), started: '1' }],
  ['that says nothing', 'garbage'],
])('takeLock() takes a lock over %s', (_, mark) => {
  if (process.platform !== 'linux' && typeof mark === 'object' && mark.started === '1') return
  writeFileSync(path, JSON.stringify(mark))
  using _lock = takeLock(path)
  expect(JSON.parse(readFileSync(path, 'utf8'))).toEqual(ownMark())
  expect(readdirSync(folder)).toEqual(['a.lock'])
})

describe('a lock of another name space', () => {
  const elsewhere = JSON.stringify({ ...ownMark(), space: 'another boot/pid:[1]' })

  test('is held while its file is touched, and for a minute after', () => {
    writeFileSync(path, elsewhere)
    expect(() => takeLock(path)).toThrow('holds it')
    const before = (seconds: number) => utimesSync(path, new Date(), new Date(Date.now() - seconds * 1000))
    before(50)
    expect(() => takeLock(path)).toThrow('holds it')
    before(70)
    takeLock(path)[Symbol.dispose]()
  })

  test('takeLockWhenKnown() waits for the end of that minute', async () => {
    writeFileSync(path, elsewhere)
    utimesSync(path, new Date(), new Date(Date.now() - 59_000))
    let waits = 0
    using _lock = await takeLockWhenKnown(path, () => {
      waits += 1
    })
    expect(waits).toBe(1)
  })

  test('takeLockWhenKnown() refuses as soon as its file is touched', async () => {
    writeFileSync(path, elsewhere)
    const timer = setTimeout(() => utimesSync(path, new Date(), new Date(Date.now() + 1)), 100)
    await expect(takeLockWhenKnown(path, () => {})).rejects.toThrow('holds it')
    clearTimeout(timer)
  })
})

const BUILT = new URL('../../build/disk/lock.js', import.meta.url)
const HOLD = `
  import { takeLock } from ${JSON.stringify(BUILT.href)}
  try { takeLock(${JSON.stringify('PATH')}); console.log('taken'); setInterval(() => {}, 1000) } catch (error) { console.log(error.name) }`

/** Another process that tries to take it; what it says. */
async function holder(prefix: readonly string[]): Promise<{ child: ChildProcess; said: string }> {
  const program = HOLD.replace('PATH', path)
  const [command = '', ...args] = [...prefix, process.execPath, '--input-type=module', '-e', program]
  const child = spawn(command, args, { stdio: ['ignore', 'pipe', 'inherit'] })
  children.push(child)
  const [data] = await once(child.stdout, 'data')
  return { child, said: String(data).trim() }
}

test('takeLock() takes over at once what a killed process of this name space held', async () => {
  expect(existsSync(BUILT), 'needs a build').toBe(true)
  const { child, said } = await holder([])
  expect(said).toBe('taken')
  expect(() => takeLock(path)).toThrow(`process ${child.pid} holds it`)
  child.kill('SIGKILL')
  await once(child, 'exit')
  takeLock(path)[Symbol.dispose]()
})

const UNSHARE = ['unshare', '--pid', '--fork', '--mount-proc', '--kill-child']
const canUnshare = spawnSync(UNSHARE[0] ?? '', [...UNSHARE.slice(1), 'true']).status === 0
if (!canUnshare)
  console.warn('unshare is not allowed here: locks across name spaces are not tested with real ones')

test.runIf(canUnshare)('takeLock() holds between containers', async () => {
  expect((await holder(UNSHARE)).said).toBe('taken')
  expect((await holder(UNSHARE)).said).toBe('LockHeldError')
  expect(() => takeLock(path)).toThrow('holds it')
  // Its heart beats: it is not only fresh because it is new.
  utimesSync(path, new Date(), new Date(Date.now() - 59_000))
  await expect.poll(() => statAge(path)).toBeLessThan(10_000)
})

function statAge(file: string): number {
  return Date.now() - statSync(file).mtimeMs
}
