import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { CALL_DATA_BYTES, CALL_JSON_BYTES, type Call, decodeCall, encodeCall } from '../../protocol/frames.ts'
import { BridgeCalls } from '../worker/bridge-calls.ts'
import { CallError } from './call-error.ts'
import { HostBridge } from './host-bridge.ts'
import type { HostService } from './host-service.ts'
import { NetService } from './net-service.ts'

const text = (value: unknown): Uint8Array => Buffer.from(JSON.stringify(value))
const call = (json: Uint8Array, data = new Uint8Array()): Call => ({ id: 7, json, data })
const said = ({ json }: Call): unknown => JSON.parse(Buffer.from(json).toString())

function bridgeOf(calls: HostService['calls']): HostBridge {
  return new HostBridge(() => [{ calls, close() {} }])
}

describe('HostBridge', () => {
  const bridge = bridgeOf({
    echo: async (params, data) => ({ value: params, data }),
    refuse: async () => {
      throw new CallError('denied', 'Cannot connect to a:1: "allowNet" grants no host')
    },
    fail: async () => {
      throw new Error('a secret of the host: /home/owner')
    },
    system: async () => {
      throw Object.assign(new Error('connect ECONNREFUSED 10.0.0.1:80'), { code: 'ECONNREFUSED' })
    },
    long: async () => ({ value: 'x'.repeat(CALL_JSON_BYTES) }),
    large: async () => ({ value: null, data: new Uint8Array(CALL_DATA_BYTES + 1) }),
  })

  test('gives values, bytes and errors under the number of the call', async () => {
    const data = new Uint8Array([1, 2])
    const reply = await bridge.answer(call(text({ call: 'echo', params: { a: [1] } }), data))
    expect([reply.id, said(reply), reply.data]).toEqual([7, { value: { a: [1] } }, data])
    expect(said(await bridge.answer(call(text({ call: 'refuse', params: 0 }))))).toEqual({
      error: { code: 'denied', message: 'Cannot connect to a:1: "allowNet" grants no host' },
    })
    expect(said(await bridge.answer(call(text({ call: 'system', params: 0 }))))).toMatchObject({
      error: { code: 'ECONNREFUSED' },
    })
  })

  test('tells nothing of an error that is ours, and cuts no answer', async () => {
    const failed = JSON.stringify(said(await bridge.answer(call(text({ call: 'fail', params: 0 })))))
    expect(failed).toContain('EIO')
    expect(failed).not.toContain('secret')
    for (const name of ['long', 'large']) {
      expect(said(await bridge.answer(call(text({ call: name, params: 0 }))))).toMatchObject({
        error: { code: 'EMSGSIZE' },
      })
    }
  })

  test.each<[string, Uint8Array]>([
    ['no JSON', Buffer.from('{')],
    ['nothing', new Uint8Array()],
    ['no UTF-8', new Uint8Array([0xff, 0xfe])],
    ['no object', text(1)],
    ['another key', text({ call: 'echo', params: 0, more: 0 })],
    ['no text', text({ call: 1, params: 0 })],
    ['an unknown call', text({ call: 'net.listen', params: 0 })],
    ['a name of every object', text({ call: 'constructor', params: 0 })],
    ['its prototype', text({ call: '__proto__', params: 0 })],
    ['a long name', text({ call: 'e'.repeat(41), params: 0 })],
  ])('ends a worker that asks with %s', async (_name, json) => {
    await expect(bridge.answer(call(json))).rejects.toThrow()
  })

  test('answers that the run is over when it is closed', async () => {
    let finish = () => {}
    const slow = bridgeOf({
      wait: () =>
        new Promise((_resolve, reject) => {
          finish = () => reject(new Error('closed'))
        }),
    })
    const answer = slow.answer(call(text({ call: 'wait', params: 0 })))
    slow.close()
    finish()
    expect(said(await answer)).toEqual({ error: { code: 'ECONNABORTED', message: 'the run is over' } })
  })
})

/** A pipe that counts, and is full as long as `full` is. */
function pipe() {
  const sent: Call[] = []
  const broken: string[] = []
  let letGo = () => {}
  const space = new Promise<void>((resolve) => {
    letGo = resolve
  })
  return {
    sent,
    broken,
    letGo,
    full: false,
    send: (payload: Uint8Array) => void sent.push(decodeCall(payload)),
    async drained() {
      if (this.full) await space
    },
    breakOff: (detail: string) => void broken.push(detail),
  }
}

const settled = () => new Promise((resolve) => setTimeout(resolve, 20))

describe('BridgeCalls', () => {
  const echo = () => bridgeOf({ echo: async (params) => ({ value: params }) })

  test('answers, and breaks off with a worker that asks for what no runner asks for', async () => {
    const to = pipe()
    const calls = new BridgeCalls(echo(), to)
    calls.take(encodeCall(call(text({ call: 'echo', params: 1 }))))
    await settled()
    expect([to.sent.map(said), to.broken]).toEqual([[{ value: 1 }], []])
    calls.take(encodeCall(call(text({ call: 'echo' }))))
    calls.take(encodeCall(call(text({ call: 'nothing', params: 1 }))))
    await settled()
    expect(to.broken).toHaveLength(2)
    expect(to.broken[1]).toContain('there is no call "nothing"')
  })

  test('a worker that asks and never reads the answers is ended before it fills the host', async () => {
    const to = Object.assign(pipe(), { full: true })
    const many = new BridgeCalls(echo(), to)
    const small = encodeCall(call(text({ call: 'echo', params: 1 })))
    expect(() => {
      for (let count = 0; count < 1024; count++) many.take(small)
    }).not.toThrow()
    expect(() => many.take(small)).toThrow('1024 are not answered')
    const large = new BridgeCalls(echo(), to)
    const bytes = encodeCall(call(text({ call: 'echo', params: 1 }), new Uint8Array(65_536)))
    expect(() => {
      for (let count = 0; count < 1024; count++) large.take(bytes)
    }).toThrow(/bytes of others/)
    to.letGo()
    await settled()
    expect(() => many.take(small)).not.toThrow()
    await settled()
  })

  test('whatever bytes a worker sends, nothing escapes', async () => {
    const escaped: unknown[] = []
    const note = (reason: unknown) => void escaped.push(reason)
    process.on('unhandledRejection', note)
    const uses = new HostBridge((uses) => [new NetService({ allow: false, deny: [] }, uses)])
    const names = ['resolve', 'connect', 'read', 'readable', 'write', 'tls', 'end', 'close', 'other']
    const request = fc.record({
      call: fc.constantFrom(...names.map((name) => `net.${name}`)),
      params: fc.oneof(
        fc.jsonValue(),
        fc.record(
          {
            host: fc.string(),
            port: fc.oneof(fc.integer(), fc.double(), fc.constant(null)),
            connection: fc.oneof(fc.integer(), fc.maxSafeInteger()),
            connections: fc.array(fc.integer()),
            max: fc.integer(),
            deadlineMs: fc.oneof(fc.constant(null), fc.double()),
          },
          { requiredKeys: [] },
        ),
      ),
    })
    const json = fc.oneof(fc.uint8Array({ maxLength: 50 }), request.map(text))
    await fc.assert(
      fc.asyncProperty(json, fc.uint8Array({ maxLength: 20 }), async (json, data) => {
        const to = pipe()
        new BridgeCalls(uses, to).take(encodeCall(call(json, data)))
        await expect.poll(() => to.sent.length + to.broken.length, { interval: 0, timeout: 10_000 }).toBe(1)
      }),
      { numRuns: 2000 },
    )
    await settled()
    process.off('unhandledRejection', note)
    expect(escaped).toEqual([])
  })
})
