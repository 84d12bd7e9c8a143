import type { ServerResponse } from 'node:http'
import { gzipSync } from 'node:zlib'
import { type Attack, attacksOf, nested, type World } from '../attack.ts'
import type { Behaviour } from '../hostile-servers.ts'

/** A call that did not come to anything. */
const FAILED = [408, 422, 429, 502, 504]
const CALLED = [200, ...FAILED]
const LIMITS = { timeoutSeconds: 1 }

/** An `openapi` tool is called, and the server behind it answers so. */
function answer(behave: Behaviour, answers: readonly number[] = CALLED): Omit<Attack, 'id'> {
  return { answers, run: async (world) => await call(world, behave) }
}

async function call({ attacker, servers, tool }: World, behave: Behaviour) {
  const { id } = await tool({
    ...{ kind: 'openapi', limits: LIMITS },
    definition: {
      baseUrl: await servers.url(behave),
      document: {
        openapi: '3.1.0',
        info: { title: 'T', version: '1' },
        paths: { '/a': { get: { operationId: 'a', responses: { 200: { description: 'ok' } } } } },
      },
    },
  })
  return await attacker.send('POST', `tools/${id}/execute`, { json: { arguments: {} } })
}

const json = (body: () => string) =>
  answer((_, response) => response.setHeader('content-type', 'application/json').end(body()))
const JSON_TYPE = { 'content-type': 'application/json' }

/** Writes without an end, as fast as it is read. */
function endless(response: ServerResponse, piece: string | Uint8Array) {
  const write = () => {
    while (!response.destroyed && response.write(piece));
  }
  response.on('drain', write)
  write()
}

/** What servers behind tools answer. */
export const upstreams = attacksOf('upstream', {
  deep: json(() => nested(200_000)),
  'deep-objects': json(() => nested(200_000, '{"a":', '}', '1')),
  'deep-unclosed': json(() => '['.repeat(900_000)),
  wide: json(() => `[${'[],'.repeat(300_000)}0]`),
  'wide-objects': json(() => `[${'{},'.repeat(300_000)}0]`),
  'wide-keys': json(() => `{${Array.from({ length: 70_000 }, (_, n) => `"k${n}":0`).join()}}`),
  proto: json(() => '{"__proto__":{"polluted":1},"toJSON":1,"then":1}'),
  'no-json': json(() => '{"a":'),
  'no-utf8': answer((_, response) => response.writeHead(200, JSON_TYPE).end(Buffer.of(34, 0xff, 0xc0, 34))),
  'half-characters': json(() => '"\\ud800\\u0000"'),
  endless: answer((_, response) => endless(response.writeHead(200, JSON_TYPE), ' '.repeat(65_536)), FAILED),
  'endless-head': answer((_, response) => {
    response.socket?.write('HTTP/1.1 200 OK\r\n')
    const timer = setInterval(() => response.socket?.write(`X: ${'x'.repeat(1000)}\r\n`), 1)
    response.on('close', () => clearInterval(timer))
  }, FAILED),
  'endless-continue': answer((_, response) => {
    const timer = setInterval(() => response.socket?.write('HTTP/1.1 102 Processing\r\n\r\n'.repeat(100)), 1)
    response.on('close', () => clearInterval(timer))
  }, FAILED),
  'endless-chunk-of-one-byte': answer((_, response) => {
    response.writeHead(200, JSON_TYPE)
    const timer = setInterval(() => response.socket?.write('1\r\n \r\n'.repeat(1000)), 1)
    response.on('close', () => clearInterval(timer))
  }, FAILED),
  slow: answer((_, response) => {
    response.writeHead(200, JSON_TYPE)
    const timer = setInterval(() => response.write(' '), 50)
    response.on('close', () => clearInterval(timer))
  }, FAILED),
  mute: answer(() => {}, FAILED),
  'ends-at-once': answer((incoming) => incoming.socket.destroy(), FAILED),
  'shorter-than-told': answer((_, response) => {
    response.writeHead(200, { ...JSON_TYPE, 'content-length': '100' }).write('{')
    setTimeout(() => response.destroy(), 50)
  }, FAILED),
  compressed: answer((_, response) => {
    const bomb = gzipSync(Buffer.alloc(2 ** 26))
    response.writeHead(200, { ...JSON_TYPE, 'content-encoding': 'gzip' }).end(bomb)
  }),
  'content-type': answer((_, response) =>
    response.writeHead(200, { 'content-type': `application/json${';a=b'.repeat(3000)}` }).end('1'),
  ),
  'content-type-of-signs': answer((_, response) =>
    response.writeHead(200, { 'content-type': `${'+'.repeat(7000)}${'/'.repeat(7000)}` }).end('1'),
  ),
  'redirects-in-a-circle': answer((_, response) => response.writeHead(307, { location: '/a' }).end(), FAILED),
  'redirect-to-the-inside': answer(
    (_, response) => response.writeHead(302, { location: 'http://169.254.169.254/latest/' }).end(),
    FAILED,
  ),
  'redirect-to-another-name': answer(
    (_, response) => response.writeHead(302, { location: 'http://[::ffff:7f00:1]:1/' }).end(),
    FAILED,
  ),
  'redirect-that-is-long': answer(
    (_, response) => response.writeHead(302, { location: `http://${'a'.repeat(9000)}/` }).end(),
    FAILED,
  ),
  'redirect-to-no-web': answer(
    (_, response) => response.writeHead(302, { location: 'file:///etc/passwd' }).end(),
    FAILED,
  ),
  'all-mute-at-once': {
    answers: FAILED,
    run: async (world) => await Promise.all(Array.from({ length: 30 }, () => call(world, mute))),
  },
})

const mute: Behaviour = () => {}
