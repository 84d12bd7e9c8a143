import { type ChildProcess, spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { getPriority } from 'node:os'
import { expect, test } from 'vitest'
import { Standing, stepOf } from './standing.ts'

const hasGroups = process.platform === 'linux'

test.each([
  ['equal', [5, 5, 5, 5, 5]],
  ['falling', [5, 5, 10, 10, 15]],
  ['low', [10, 10, 10, 10, 15]],
] as const)('stepOf() of a worker that is %s', (priority, expected) => {
  const reached = [0, 499, 500, 1999, 2000].map((cpuMs) => stepOf(priority, cpuMs).nice)
  expect(reached).toEqual(expected)
})

/** A shell that has started something, at the head of a session of its own. */
async function started(): Promise<ChildProcess & { readonly pid: number }> {
  const child = spawn('/bin/sh', ['-c', 'sleep 60 & echo $!; wait'], { detached: true })
  await once(child.stdout, 'data')
  return Object.assign(child, { pid: child.pid ?? 0 })
}

const childOf = (pid: number) => Number(readFileSync(`/proc/${pid}/task/${pid}/children`, 'latin1'))

/** How far the session of a process stands back; null where sessions share nothing. */
function groupNice(pid: number): number | null {
  try {
    return Number(/nice (-?\d+)/.exec(readFileSync(`/proc/${pid}/autogroup`, 'latin1'))?.[1] ?? null)
  } catch {
    return null
  }
}

test.runIf(hasGroups)('Standing puts back a process, what it has started, and their session', async () => {
  const child = await started()
  const standing = new Standing(child.pid, 'falling')
  const own = () => [getPriority(child.pid), getPriority(childOf(child.pid))]
  try {
    expect(own()).toEqual([5, 5])
    const before = groupNice(child.pid)
    standing.after(600)
    expect(own()).toEqual([10, 10])
    if (before !== null) await expect.poll(() => groupNice(child.pid)).toBe(5)
    standing.after(5000)
    expect(own()).toEqual([15, 15])
    if (before !== null) await expect.poll(() => groupNice(child.pid)).toBe(10)
    // Its next run begins: its session comes back, also where the host may not lift threads.
    standing.after(0)
    if (before !== null) await expect.poll(() => groupNice(child.pid)).toBe(0)
    if (process.getuid?.() === 0) expect(own()).toEqual([5, 5])
  } finally {
    process.kill(-child.pid, 'SIGKILL')
  }
})

test('Standing bears that there is no process, and one that has ended', async () => {
  expect(() => new Standing(0, 'low').after(9000)).not.toThrow()
  const child = spawn(process.execPath, ['-e', ''])
  const standing = new Standing(child.pid ?? 0, 'falling')
  await once(child, 'exit')
  expect(() => standing.after(9000)).not.toThrow()
})
