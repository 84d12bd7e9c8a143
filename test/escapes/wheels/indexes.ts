import { createServer, type ServerResponse } from 'node:http'
import { gzipSync } from 'node:zlib'

/** Answers whatever is asked for. */
export type Answer = (path: string, response: ServerResponse) => void

/** An index on this machine. Its answers are made beforehand: it runs in the process that is watched. */
export async function indexWith(answer: Answer): Promise<AsyncDisposable & { readonly url: string }> {
  const server = createServer(({ url = '' }, response) => answer(url, response))
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve))
  const address = server.address()
  const port = typeof address === 'object' ? address?.port : 0
  return {
    url: `http://127.0.0.1:${port}/`,
    async [Symbol.asyncDispose]() {
      server.closeAllConnections()
      await new Promise((resolve) => server.close(resolve))
    },
  }
}

const MIB = 2 ** 20
const HASH = '0'.repeat(64)
const PAGE = '{"meta":{"api-version":"1.1"},"files":['

const fileOf = (filename: string, more = '') =>
  `{"filename":"${filename}","url":"x","hashes":{"sha256":"${HASH}"}${more}}`

/** A page, made before anything is measured, and sent piece by piece as a network would. */
const page = (text: string, headers: Record<string, string> = {}): Answer => {
  const bytes = Buffer.from(text)
  return (_path, response) => {
    response.writeHead(200, { 'content-type': 'application/json', ...headers })
    let at = 0
    const send = (): void => {
      while (at < bytes.length) {
        const piece = bytes.subarray(at, at + 65_536)
        at += piece.length
        if (!response.write(piece)) return void response.once('drain', send)
      }
      response.end()
    }
    send()
  }
}

/** An answer that goes on until its reader has enough of it. */
const endless =
  (piece: Buffer): Answer =>
  (_path, response) => {
    response.writeHead(200, { 'content-type': 'application/json' })
    const send = (): void => {
      while (!response.destroyed) if (!response.write(piece)) return void response.once('drain', send)
    }
    send()
  }

const wheels = (count: number, more = '') =>
  Array.from({ length: count }, (_, index) => fileOf(`evil-0.${index}-py3-none-any.whl`, more)).join(',')
const bomb = gzipSync(Buffer.alloc(80 * MIB, ' '))

/** Indexes that are hostile, and what is said of each. */
export const INDEXES: readonly (readonly [string, Answer, RegExp])[] = [
  ['10^5 files', page(`${PAGE}${wheels(100_000)}]}`), /more than 20000/],
  ['15,000 wheels of one package', page(`${PAGE}${wheels(15_000)}]}`), /led to|answered|announced|bytes/],
  ['10^5 files of others', page(`${PAGE}${Array(100_000).fill(fileOf('x')).join()}]}`), /no wheel of it/],
  ['an entry of 1 MiB', page(`${PAGE}${fileOf('x'.repeat(MIB))}]}`), /16384 bytes/],
  [
    'constraints of Python of 10 KiB',
    page(`${PAGE}${wheels(1, `,"requires-python":"${'>=1,'.repeat(2500)}"`)}]}`),
    /PEP 691/,
  ],
  ['brackets without end', endless(Buffer.alloc(65_536, '[')), /PEP 691|bytes or more/],
  ['white space without end', endless(Buffer.alloc(65_536, ' ')), /bytes or more/],
  ['one string without end', endless(Buffer.alloc(65_536, '"a')), /bytes or more/],
  [
    'a bomb of white space',
    (_path, response) =>
      void response
        .writeHead(200, { 'content-type': 'application/json', 'content-encoding': 'gzip' })
        .end(bomb),
    /bytes or more/,
  ],
  ['wide entries', page(`${PAGE}{"a":[${'[],'.repeat(5000)}[]]}]}`), /PEP 691/],
  ['deep entries', page(`${PAGE}{"a":${'['.repeat(8000)}${']'.repeat(8000)}}]}`), /PEP 691/],
  ['keys of prototypes', page('{"__proto__":{"a":1},"constructor":[{"b":2}]}'), /does not say what it is/],
  ['half a page', page(PAGE), /cut/],
  [
    'redirects in a circle',
    (_path, response) => void response.writeHead(302, { location: '/' }).end(),
    /more than 5/,
  ],
  [
    'a redirect into the network',
    (_path, response) => void response.writeHead(302, { location: 'http://169.254.169.254/' }).end(),
    /not an https address/,
  ],
  [
    'a drop, then silence',
    (_path, response) => void response.writeHead(200, { 'content-type': 'application/json' }).write('{'),
    /did not answer/,
  ],
  [
    'names with paths',
    page(`${PAGE}${fileOf('../../evil-1.0-py3-none-any.whl')},${fileOf('evil-1.0-py3-none-any.whl/../x')}]}`),
    /no wheel of it/,
  ],
]
