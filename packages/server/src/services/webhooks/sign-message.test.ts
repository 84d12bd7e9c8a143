import { expect, test } from 'vitest'
import { signedHeaders } from './sign-message.ts'
import { webhookKey } from './webhook-request.ts'

test('signedHeaders() gives what the examples of Standard Webhooks give', () => {
  const key = webhookKey('whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw') ?? Buffer.alloc(0)
  const body = '{"test": 2432232314}'
  const message = { id: 'msg_p5jXN8AQM9LWM0D4loKWxJek', sentAt: new Date(1614265330 * 1000), body }
  expect(signedHeaders(key, message)).toEqual({
    'content-type': 'application/json',
    'webhook-id': 'msg_p5jXN8AQM9LWM0D4loKWxJek',
    'webhook-timestamp': '1614265330',
    'webhook-signature': 'v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=',
  })
})

test('webhookKey() takes 24 to 64 bytes of base64 after "whsec_", and nothing else', () => {
  const of = (bytes: number) =>
    webhookKey(`whsec_${Buffer.alloc(bytes, 7).toString('base64')}`)?.length ?? null
  expect([23, 24, 64, 65].map(of)).toEqual([null, 24, 64, null])
  for (const text of [
    '',
    'whsec_',
    'MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw',
    'whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2La!!!!',
  ])
    expect(webhookKey(text), text).toBeNull()
})
