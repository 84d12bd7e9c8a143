import { spawnSync } from 'node:child_process'
import { mkdtempSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { test as anyTest, expect } from 'vitest'
import { type KernelLimits, withKernelLimits } from './kernel-limits.ts'

/** Other kernels have these limits too, and do not keep to all of them. */
const test = anyTest.runIf(process.platform === 'linux')

/** Runs a program of Node under these limits and no other ones. */
function run(program: string, limits: Partial<KernelLimits>) {
  const none = { c: 'unlimited', f: 'unlimited', n: 'unlimited', d: 'unlimited', t: 'unlimited' }
  const [path = '', ...args] = withKernelLimits(
    [process.execPath, '-e', program],
    { mayWrite: false },
    {
      ...none,
      ...limits,
    },
  )
  return spawnSync(path, args, { encoding: 'utf8', timeout: 300_000 })
}

test('withKernelLimits() sets every limit, and none on the size of files where writing is granted', () => {
  const limitsOf = (mayWrite: boolean) => {
    const [path = '', ...args] = withKernelLimits(['cat', '/proc/self/limits'], { mayWrite })
    const { stdout } = spawnSync(path, args, { encoding: 'utf8', timeout: 300_000 })
    return [...stdout.matchAll(/^Max (.+?) {2,}(\w+)/gm)].map(([, name, soft]) => `${name} ${soft}`)
  }
  expect(limitsOf(false)).toEqual(
    expect.arrayContaining([
      'core file size 0',
      'file size 67108864',
      'open files 256',
      'data size 68719476736',
      'cpu time 90000',
    ]),
  )
  expect(limitsOf(true)).toContain('file size unlimited')
})

test('withKernelLimits() hands the command on as it is', () => {
  const odd = ['a b', '', '*', '$HOME', '-n', "'", '"', '`id`', '\\']
  const print = 'console.log(JSON.stringify(process.argv.slice(1)))'
  const [path = '', ...args] = withKernelLimits([process.execPath, '-e', print, '--', ...odd], {
    mayWrite: false,
  })
  expect(JSON.parse(spawnSync(path, args, { encoding: 'utf8', timeout: 300_000 }).stdout)).toEqual(odd)
})

test('the limit of CPU time kills who passes it', () => {
  const started = performance.now()
  const { signal } = run('for (;;);', { t: '1' })
  expect(signal).toMatch(/^SIG(XCPU|KILL)$/)
  expect(performance.now() - started).toBeLessThan(15_000)
})

test('the limit of the size of files ends who passes it, and keeps the file within it', () => {
  const folder = mkdtempSync(join(tmpdir(), 'agentchat-limits-'))
  try {
    const path = join(folder, 'file')
    const write = `const fs = require('node:fs'), fd = fs.openSync(${JSON.stringify(path)}, 'w')
for (;;) fs.writeSync(fd, Buffer.alloc(65536))`
    const { status } = run(write, { f: '1024' })
    expect(status).not.toBe(0)
    expect(statSync(path).size).toBe(1024 * 512)
  } finally {
    rmSync(folder, { recursive: true })
  }
})

test('the limit of open files refuses the next one', () => {
  const open = `const fs = require('node:fs'); let n = 0
try { for (;; n++) fs.openSync('/dev/null') } catch (error) { console.log(error.code, n < 64) }`
  expect(run(open, { n: '64' }).stdout).toBe('EMFILE true\n')
})

test('the limit of data refuses memory, of whatever kind', () => {
  const grow = `const kept = []
try { for (;;) kept.push(new ArrayBuffer(2 ** 27)) } catch (error) { console.log(error.name, kept.length < 64) }`
  expect(run(grow, { d: '4194304' }).stdout).toBe('RangeError true\n')
})
