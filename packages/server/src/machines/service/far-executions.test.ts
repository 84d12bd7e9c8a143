import { expect, type MockInstance, test, vi } from 'vitest'
import { encoded } from '../messages.ts'
import { type FarParts, followFar } from './far-executions.ts'

type Row = Parameters<typeof followFar>[1]

/** A machine that answers a reader with these events. */
function partsOf(events: readonly (readonly [number, object])[]): FarParts {
  const answer = async (_subject: string, data: Uint8Array) => {
    const { op } = JSON.parse(Buffer.from(data).toString())
    return { data: encoded(op === 'read' ? { known: true, events } : { done: false }) }
  }
  const over = { from: () => ({ where: async () => [] }) }
  const db = { select: () => over }
  return { db, connection: { request: answer }, leaving: new AbortController().signal } as unknown as FarParts
}

const row = { id: 'exe_1', machine: 'm1', instance: 'srv', status: 'running' } as unknown as Row
const started = (spy: MockInstance) => spy.mock.results.map(({ value }) => value)

test('followFar leaves nothing behind when its reader goes, or its machine tells what is none', async () => {
  using begun = vi.spyOn(globalThis, 'setInterval')
  using ended = vi.spyOn(globalThis, 'clearInterval')
  const good = followFar(partsOf([[1, { type: 'started' }]]), row, 0)
  expect((await good.next()).value).toMatchObject({ id: 1, event: { type: 'started' } })
  await good.return()
  const large = { type: 'large', bytes: 2 ** 40 }
  for await (const _event of followFar(partsOf([[1, large]]), row, 0)) expect.unreachable()
  expect(begun).toHaveBeenCalledTimes(2)
  for (const timer of started(begun)) expect(ended).toHaveBeenCalledWith(timer)
})
