import { attacksOf, listed, mayPass, nested, REFUSED, request } from '../attack.ts'

/** Below the limit of a request. */
const LARGE = 3.9e6

const post = (body: () => string | Uint8Array, headers = {}) =>
  request('POST', 'executions', () => ({ body: body(), headers }))
const json = (value: () => unknown) => post(() => JSON.stringify(value()))
const globals = (text: () => string) => post(() => `{"code":"1","globals":{"a":${text()}}}`)
const file = (path: string) => json(() => ({ code: '1', files: [{ path, text: '' }] }))

/** Bodies of JSON: deep, wide, long, and such as no JSON is. */
export const bodies = attacksOf('body', {
  'deep-arrays': globals(() => nested(100_000)),
  'deep-arrays-3000': globals(() => nested(3000)),
  'deep-objects': globals(() => nested(200_000, '{"a":', '}', '1')),
  'deep-top': post(() => nested(LARGE / 2)),
  'deep-unclosed': post(() => '['.repeat(LARGE)),
  'deep-with-spaces': post(() => '[ '.repeat(LARGE / 2)),
  'deep-in-a-string': mayPass(json(() => ({ code: '1', stdin: '['.repeat(LARGE) }))),
  'wide-arrays': mayPass(globals(() => `[${listed(LARGE / 3, () => '[]')}]`)),
  'wide-pairs': mayPass(globals(() => `[${listed(LARGE / 5, () => '[[]]')}]`)),
  'wide-objects': mayPass(globals(() => `[${listed(LARGE / 3, () => '{}')}]`)),
  'wide-numbers': mayPass(globals(() => `[${listed(LARGE / 2, () => '0')}]`)),
  'wide-floats': mayPass(globals(() => `[${listed(LARGE / 9, () => '1.5e-300')}]`)),
  'wide-strings': mayPass(globals(() => `[${listed(LARGE / 3, () => '""')}]`)),
  'wide-keys': mayPass(globals(() => `{${listed(LARGE / 12, (n) => `"k${n}":0`)}}`)),
  'wide-globals': mayPass(post(() => `{"code":"1","globals":{${listed(LARGE / 12, (n) => `"k${n}":0`)}}}`)),
  'wide-unknown-keys': post(() => `{"code":"1",${listed(LARGE / 12, (n) => `"k${n}":0`)}}`),
  'duplicate-keys': mayPass(globals(() => `{${listed(LARGE / 6, () => '"a":0')}}`)),
  'integer-keys': mayPass(globals(() => `{${listed(LARGE / 14, (n) => `"${4294967294 - n * 1000}":0`)}}`)),
  'huge-key': mayPass(globals(() => `{"${'k'.repeat(LARGE)}":0}`)),
  'huge-name': mayPass(post(() => `{"code":"1","globals":{"${'k'.repeat(LARGE)}":0}}`)),
  'huge-string': mayPass(globals(() => `"${'s'.repeat(LARGE)}"`)),
  'escaped-string': mayPass(globals(() => `"${'\\u0041'.repeat(LARGE / 6)}"`)),
  'huge-number': mayPass(globals(() => '9'.repeat(LARGE))),
  'huge-exponents': mayPass(globals(() => `[${listed(LARGE / 7, () => '1e9999')}]`)),
  proto: mayPass(post(() => '{"code":"print(1)","globals":{"__proto__":{"polluted":1}}}')),
  'proto-below': mayPass(globals(() => '{"__proto__":{"polluted":1},"constructor":{"prototype":{}}}')),
  'proto-at-the-top': post(() => '{"code":"1","__proto__":{"files":[]}}'),
  'half-characters': post(() => '{"code":"\\ud800"}'),
  'no-utf8': post(() => Buffer.concat([Buffer.from('{"code":"'), Buffer.of(0xff, 0xc0), Buffer.from('"}')])),
  'byte-order-mark': mayPass(post(() => '\ufeff{"code":"1"}')),
  'numbers-without-end': mayPass(globals(() => '[1e999, -1e999, -0, 1E400, 0.1e-999]')),
  'no-numbers': post(() => '{"code":"1","globals":{"a":[NaN,Infinity,0x10,01,+1,.5,1.]}}'),
  comments: post(() => `{/*${'*'.repeat(100_000)}*/"code":"1"//\n}`),
  lines: post(() => '{"code":"1"}\n'.repeat(10_000)),
  'commas-at-the-end': post(() => '{"code":"1",}'),
  'names-of-half-characters': mayPass(globals(() => '{"\\ud800":"\\udfff","\\u0000":1}')),
  'names-that-are-long': mayPass(globals(() => `{${listed(1000, (n) => `"${'k'.repeat(3000)}${n}":0`)}}`)),
  'rows-of-a-table': mayPass(globals(() => `[${listed(LARGE / 30, (n) => `{"id":${n},"name":"n"}`)}]`)),
  'tables-at-once': {
    answers: [200, 429, 503, ...REFUSED],
    run: async ({ attacker }) => {
      const body = `{"code":"1","globals":{"a":[${listed(LARGE / 30, (n) => `{"id":${n},"name":"n"}`)}]}}`
      return await Promise.all(Array.from({ length: 8 }, () => attacker.send('POST', 'executions', { body })))
    },
  },
  'long-numbers': mayPass(globals(() => `[${listed(LARGE / 19, () => '9007199254740993.0')}]`)),
  'short-strings': mayPass(globals(() => `[${listed(LARGE / 13, (n) => `"s${1e8 + n}"`)}]`)),
  'many-escapes': mayPass(json(() => ({ code: '1', stdin: '\n'.repeat(LARGE / 2) }))),
  'many-small-files': mayPass(
    json(() => ({ code: '1', files: filesOf(900, (n) => `${'d/'.repeat(20)}${n}`) })),
  ),
  'at-an-operation-of-little': {
    answers: [0, ...REFUSED],
    run: async ({ attacker }) => [
      await attacker.send('POST', 'sessions', { body: `{"a":"${'x'.repeat(3e6)}"}` }),
      await attacker.send('POST', 'api-keys', { body: nested(LARGE / 2) }),
      await attacker.send('PATCH', 'users/usr_none', { body: ' '.repeat(LARGE) }),
    ],
  },
  'only-spaces': post(() => ' '.repeat(LARGE)),
  'many-files': mayPass(json(() => ({ code: '1', files: filesOf(1000, (n) => `f${n}`) }))),
  'same-paths': json(() => ({ code: '1', files: filesOf(1000, () => 'f') })),
  'deep-path': mayPass(file(`${'d/'.repeat(2000)}f`)),
  'path-of-dots': file(`${'../'.repeat(50_000)}f`),
  'path-of-a-device': mayPass(file('a\\..\\..\\COM1:x')),
  'bad-base64': post(() => `{"code":"1","files":[{"path":"f","base64":"${'A'.repeat(LARGE)}!"}]}`),
  'many-arguments': mayPass(json(() => ({ code: '1', args: Array(1000).fill('x'.repeat(3500)) }))),
  'webhook-of-ats': json(() => ({ code: '1', webhook: webhook(`http://${'@'.repeat(1900)}`) })),
  compressed: post(() => Buffer.alloc(2000, 7), { 'content-encoding': 'gzip' }),
  form: post(() => '--x\r\n'.repeat(10_000), { 'content-type': 'multipart/form-data; boundary=x' }),
  'utf-16': post(() => Buffer.from('{"code":"1"}', 'utf16le'), {
    'content-type': 'application/json; charset=utf-16',
  }),
  'declared-too-large': request('POST', 'executions', () => ({ body: Buffer.alloc(2 ** 25, 32) }), [0, 413]),
  'of-nobody': {
    answers: [401],
    run: async ({ stranger }) => await stranger.send('POST', 'executions', { body: nested(LARGE / 2) }),
  },
  'at-sign-in': {
    answers: [0, ...REFUSED],
    run: async ({ stranger }) => await stranger.send('POST', 'auth/sign-in', { body: nested(LARGE / 2) }),
  },
})

function filesOf(count: number, path: (index: number) => string) {
  return Array.from({ length: count }, (_, index) => ({ path: path(index), text: 'x' }))
}

function webhook(url: string) {
  return { url, secret: `whsec_${'A'.repeat(40)}` }
}
