import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  encodeFrame,
  FRAME_RUNNER,
  FRAME_STDERR,
  FRAME_STDOUT,
  FrameReader,
  HEADER_BYTES,
  OUTPUT_CHUNK_BYTES,
} from '../../protocol/frames.ts'
import type { RunnerMessage } from '../../protocol/runner-messages.ts'
import { parseRunnerMessage } from './parse-runner-message.ts'
import { mergeOutput } from './runner-channel.ts'

const TOKEN = Uint8Array.from([91, 7, 200, 13, 55, 168, 250, 3])
const MAX_MESSAGE_BYTES = 4000
const ROUNDS = 1000
const FRAMES_OF_A_ROUND = 100
const KINDS = ['exception', 'syntax', 'memory', 'permission', 'package', 'crashed']

const flags = { stdoutCut: false, stderrCut: false, resultCut: false }
const error = { kind: 'exception', name: 'ValueError', message: 'no', traceback: 'at <main>', line: 1 }
const HONEST = [
  { type: 'ready' },
  { type: 'started', run: 1 },
  { type: 'end', run: 1, result: { a: [1, 'x', null] }, error: null, ...flags },
  { type: 'end', run: 1, result: null, error, ...flags },
].map((message) => Buffer.from(JSON.stringify(message)))

/** Numbers from a seed (mulberry32), so that a failure can be had again. */
function numbersFrom(seed: number): (below: number) => number {
  let state = seed >>> 0
  return (below) => {
    state = (state + 0x6d2b79f5) >>> 0
    let mixed = Math.imul(state ^ (state >>> 15), state | 1)
    mixed ^= mixed + Math.imul(mixed ^ (mixed >>> 7), mixed | 61)
    return ((mixed ^ (mixed >>> 14)) >>> 0) % below
  }
}

type Numbers = (below: number) => number

const VALUES = [
  '1e999',
  '-1',
  '{"__proto__":{"polluted":1}}',
  '"\\ud800"',
  '[[[[]]]]',
  'true',
  '"success"',
  '9e15',
]

/** Each spoils an honest frame in its own way. */
const MUTATIONS: Record<string, (frame: Buffer, next: Numbers) => Buffer> = {
  random: (_, next) => Buffer.from(Array.from({ length: 1 + next(200) }, () => next(256))),
  cut: (frame, next) => frame.subarray(0, next(frame.length)),
  beheaded: (frame, next) => frame.subarray(1 + next(frame.length - 1)),
  flipped: (frame, next) => {
    for (let left = 1 + next(4); left > 0; left--) {
      const at = next(frame.length)
      frame.writeUInt8(frame.readUInt8(at) ^ (1 + next(255)), at)
    }
    return frame
  },
  misnamed: (frame, next) => {
    frame.writeUInt8(next(256), 0)
    return frame
  },
  resized: (frame, next) => {
    frame.writeUInt32LE(next(2) ? next(2 ** 32) : next(400), 1)
    return frame
  },
  unsigned: (frame, next) => {
    const at = 5 + next(8)
    frame.writeUInt8(frame.readUInt8(at) ^ (1 + next(255)), at)
    return frame
  },
  doubled: (frame, next) => {
    const from = HEADER_BYTES + next(frame.length - HEADER_BYTES)
    return resealed(Buffer.concat([frame, frame.subarray(from)]))
  },
  rewritten: (frame, next) => {
    const fields = frame.toString('utf8', HEADER_BYTES).split(/(?<=:)(?=[^:]*$|[^,]*,)/)
    const at = next(fields.length)
    fields[at] = `${fields[at]}${VALUES[next(VALUES.length)]}`
    return resealed(Buffer.concat([frame.subarray(0, HEADER_BYTES), Buffer.from(fields.join(''))]))
  },
}

/** With the length that it has now. */
function resealed(frame: Buffer): Buffer {
  frame.writeUInt32LE(frame.length - HEADER_BYTES, 1)
  return frame
}

/** What the host does with the bytes of a worker: every message that it takes, until something breaks. */
function messagesOf(bytes: Uint8Array): { messages: RunnerMessage[]; payloads: string[]; broken: unknown } {
  const messages: RunnerMessage[] = []
  const payloads: string[] = []
  const reader = new FrameReader(TOKEN, (kind) => {
    if (kind === FRAME_RUNNER) return MAX_MESSAGE_BYTES
    return kind === FRAME_STDOUT || kind === FRAME_STDERR ? OUTPUT_CHUNK_BYTES : -1
  })
  try {
    for (const { kind, payload } of mergeOutput(reader.read(bytes))) {
      if (kind !== FRAME_RUNNER) continue
      messages.push(parseRunnerMessage(payload, MAX_MESSAGE_BYTES))
      payloads.push(Buffer.from(payload).toString('utf8'))
    }
    return { messages, payloads, broken: null }
  } catch (broken) {
    return { messages, payloads, broken }
  }
}

test(`${ROUNDS * FRAMES_OF_A_ROUND} spoiled frames give no message that was not sent, and nothing but errors of ours`, () => {
  const names = Object.keys(MUTATIONS)
  const seen = { frames: 0, broken: 0, taken: 0 }
  fc.assert(
    fc.property(fc.integer(), (seed) => {
      const next = numbersFrom(seed)
      for (let left = FRAMES_OF_A_ROUND; left > 0; left--) {
        const honest = HONEST[next(HONEST.length)] ?? Buffer.alloc(0)
        const name = names[next(names.length)] ?? ''
        const frame = Buffer.from(encodeFrame(FRAME_RUNNER, TOKEN, honest))
        const spoiled = MUTATIONS[name]?.(frame, next) ?? frame
        const { messages, payloads, broken } = messagesOf(spoiled)
        seen.frames += 1
        seen.broken += broken === null ? 0 : 1
        seen.taken += messages.length
        // Without the token, the kind or the whole of the payload nothing is taken.
        if (['random', 'cut', 'beheaded', 'unsigned'].includes(name)) expect(messages).toEqual([])
        for (const [index, message] of messages.entries()) expectHonest(message, payloads[index] ?? '')
        if (broken !== null) expect(broken).toBeInstanceOf(Error)
      }
    }),
    { numRuns: ROUNDS },
  )
  expect('polluted' in {}).toBe(false)
  expect(seen.frames).toBe(100_000)
  // Neither did all pass nor did none get as far as the parser.
  expect(seen.broken).toBeGreaterThan(seen.frames / 4)
  expect(seen.taken).toBeGreaterThan(100)
})

/** It is what its own bytes say, word for word, and nothing that only the host may say. */
function expectHonest(message: RunnerMessage, payload: string): void {
  expect(message).toEqual(JSON.parse(payload))
  if (message.type !== 'end' || message.error === null) return
  expect(KINDS).toContain(message.error.kind)
  expect(message.error.line ?? 1).toBeGreaterThan(0)
}
