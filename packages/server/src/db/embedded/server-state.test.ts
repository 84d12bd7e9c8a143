import { expect, test } from 'vitest'
import { stateOf } from './server-state.ts'

/** A message of the protocol. */
function message(type: string, body: string): Buffer {
  const bytes = Buffer.alloc(5 + Buffer.byteLength(body))
  bytes.write(type)
  bytes.writeUInt32BE(bytes.length - 1, 1)
  bytes.write(body, 5)
  return bytes
}

const row = message('D', '\0\x01\0\0\0\x08VPANIC\0\0Z\0\0\0\x05I')
const ready = (status: string) => message('Z', status)
const error = (severity: string) => message('E', `S${severity}\0V${severity}\0C24000\0MVPANIC\0\0`)

test.each([
  ['a result', [row, ready('I')], { idle: true, broken: false }],
  ['in a transaction', [row, ready('T')], { idle: false, broken: false }],
  ['half of what was asked', [row], { idle: false, broken: false }],
  ['a refused query', [error('ERROR'), ready('I')], { idle: true, broken: false }],
  ['a panic', [row, error('PANIC'), ready('I')], { idle: true, broken: true }],
  ['nothing', [], { idle: false, broken: false }],
])('stateOf() reads the state, not what rows say: %s', (_, messages, state) => {
  expect(stateOf(Buffer.concat(messages))).toEqual(state)
})
