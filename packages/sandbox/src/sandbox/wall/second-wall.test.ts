import { expect, test } from 'vitest'
import { IsolationError, WorkerStartError } from '../errors/errors.ts'
import {
  type Isolation,
  newMachine,
  type SecondWall,
  SecondWallChoice,
  type WallTeller,
} from './second-wall.ts'

const refusal = () => new WorkerStartError('Deno ended with code 1', 'bwrap: Unknown option --disable-userns')

/** A machine on which a worker starts behind these walls only; `tried` collects what was asked of it. */
function machine(works: (wall: SecondWall | null) => boolean) {
  const tried: string[] = []
  const start = async (wall: SecondWall | null) => {
    const name = wall === null ? 'none' : wall.sealed ? 'sealed' : wall.filtered ? 'filtered' : 'plain'
    tried.push(name)
    await Promise.resolve()
    if (!works(wall)) throw refusal()
    return name
  }
  return { tried, start }
}

const choice = (isolation: Isolation, tell: WallTeller = () => {}, host = newMachine('/usr/bin/bwrap')) =>
  new SecondWallChoice(isolation, tell, host)

test('SecondWallChoice takes the strongest wall that works, and asks for it once only', async () => {
  const { tried, start } = machine((wall) => wall === null || !wall.sealed)
  const walls = choice('os')
  expect(await walls.behind(start)).toBe('filtered')
  expect(await walls.behind(start)).toBe('filtered')
  expect(tried).toEqual(['sealed', 'filtered', 'filtered'])
})

test('SecondWallChoice does not fall twice for two workers that are refused at the same time', async () => {
  const { start } = machine((wall) => wall === null || !wall.sealed)
  const walls = choice('auto')
  const started = await Promise.all([1, 2, 3].map(() => walls.behind(start)))
  expect(started).toEqual(['filtered', 'filtered', 'filtered'])
})

test('SecondWallChoice takes bubblewrap without a filter where the kernel has none', async () => {
  const { tried, start } = machine((wall) => wall === null || !wall.filtered)
  expect(await choice('os').behind(start)).toBe('plain')
  expect(tried).toEqual(['sealed', 'filtered', 'plain'])
})

test('SecondWallChoice does without for "auto", never for "os"', async () => {
  const { start } = machine((wall) => wall === null)
  expect(await choice('auto').behind(start)).toBe('none')
  await expect(choice('os').behind(start)).rejects.toBeInstanceOf(IsolationError)
})

test('SecondWallChoice never takes a weaker wall once one has stood', async () => {
  let broken = false
  const { start } = machine((wall) => wall === null || !broken)
  const walls = choice('auto')
  expect(await walls.behind(start)).toBe('sealed')
  broken = true
  await expect(walls.behind(start)).rejects.toBeInstanceOf(WorkerStartError)
  broken = false
  expect(await walls.behind(start)).toBe('sealed')
})

test('SecondWallChoice takes the failure of a worker for what it is', async () => {
  const walls = choice('auto')
  const failing = () =>
    Promise.reject(new WorkerStartError('Deno ended with code 1', 'error: no such module'))
  await expect(walls.behind(failing)).rejects.toThrow('no such module')
  expect(await walls.behind(async (wall) => wall?.sealed)).toBe(true)
})

test('SecondWallChoice asks for none with "deno", and refuses "os" without bubblewrap', async () => {
  expect(await choice('deno').behind(async (wall) => wall)).toBeNull()
  expect(await new SecondWallChoice('auto', () => {}, null).behind(async (wall) => wall)).toBeNull()
  expect(() => new SecondWallChoice('os', () => {}, null)).toThrow(IsolationError)
})

const passing = () =>
  new WorkerStartError(
    'Deno ended with code 1',
    "bwrap: Can't fork for pid 1: Resource temporarily unavailable",
  )

test.each(['auto', 'os'] as const)(
  'SecondWallChoice with "%s" keeps the wall over bad moments of the machine, and fails when they last',
  async (isolation) => {
    let bad = 3
    const start = async (wall: SecondWall | null) => {
      if (wall !== null && bad-- > 0) throw passing()
      return wall?.sealed ?? 'none'
    }
    const told: unknown[] = []
    const walls = choice(isolation, (fields) => told.push(fields))
    expect(await walls.behind(start)).toBe(true)
    bad = 1000
    await expect(walls.behind(start)).rejects.toThrow(WorkerStartError)
    bad = 0
    expect(await walls.behind(start)).toBe(true)
    expect(told).toEqual([])
  },
)

test('SecondWallChoice decides once for all sandboxes of a process, and never below what stood', async () => {
  const host = newMachine('/usr/bin/bwrap')
  const { tried, start } = machine((wall) => wall === null || !wall.sealed)
  expect(await choice('auto', () => {}, host).behind(start)).toBe('filtered')
  const other = machine(() => true)
  expect(await choice('auto', () => {}, host).behind(other.start)).toBe('filtered')
  const none = machine((wall) => wall === null)
  await expect(choice('auto', () => {}, host).behind(none.start)).rejects.toThrow(WorkerStartError)
  expect(tried).toEqual(['sealed', 'filtered'])
})

test('SecondWallChoice tells of a weaker wall once in each sandbox, with the reason', async () => {
  const host = newMachine('/usr/bin/bwrap')
  const { start } = machine((wall) => wall === null)
  for (let count = 0; count < 2; count++) {
    const told: unknown[] = []
    const walls = choice('auto', (fields) => told.push(fields), host)
    await walls.behind(start)
    await walls.behind(start)
    expect(told.at(-1)).toEqual({ wall: 'deno alone', reason: refusal().detail })
    expect(new Set(told).size).toBe(told.length)
  }
  await expect(choice('os', () => {}, host).behind(start)).rejects.toThrow(IsolationError)
})

test('SecondWallChoice blames what one worker was given on that worker', async () => {
  const walls = choice('auto')
  const error = new WorkerStartError('', "bwrap: Can't find source path /data: Permission denied")
  await expect(walls.behind(() => Promise.reject(error))).rejects.toBe(error)
  expect(await walls.behind(async (wall) => wall?.sealed)).toBe(true)
})
