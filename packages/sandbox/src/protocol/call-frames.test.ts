import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { CALL_BYTES, CALL_DATA_BYTES, CALL_JSON_BYTES, decodeCall, encodeCall } from './frames.ts'

describe('decodeCall()', () => {
  test('reads what encodeCall() writes', () => {
    fc.assert(
      fc.property(fc.nat(2 ** 32 - 1), fc.uint8Array(), fc.uint8Array(), (id, json, data) => {
        expect(decodeCall(encodeCall({ id, json, data }))).toEqual({ id, json, data })
      }),
      { numRuns: 5000 },
    )
  })

  test('takes any bytes apart or refuses them, and gives no byte twice', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 64 }), (bytes) => {
        try {
          const { json, data } = decodeCall(bytes)
          expect(json.length + data.length + 8).toBe(bytes.length)
        } catch (error) {
          expect(error).toMatchObject({ name: 'FrameError' })
        }
      }),
      { numRuns: 20_000 },
    )
  })

  test('holds each part to its own limit', () => {
    const part = (json: number, data: number) => () =>
      decodeCall(encodeCall({ id: 1, json: new Uint8Array(json), data: new Uint8Array(data) }))
    expect(part(CALL_JSON_BYTES, CALL_DATA_BYTES)).not.toThrow()
    expect(
      encodeCall({ id: 1, json: new Uint8Array(CALL_JSON_BYTES), data: new Uint8Array(CALL_DATA_BYTES) }),
    ).toHaveLength(CALL_BYTES)
    expect(part(CALL_JSON_BYTES + 1, 0)).toThrow('too long')
    expect(part(0, CALL_DATA_BYTES + 1)).toThrow('too long')
    expect(() => decodeCall(new Uint8Array(7))).toThrow('too short')
    expect(() => decodeCall(new Uint8Array([0, 0, 0, 0, 255, 255, 255, 255]))).toThrow('cut')
  })
})
