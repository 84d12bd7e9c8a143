import { createHmac } from 'node:crypto'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync } from 'node:fs'
import { createServer, type IncomingHttpHeaders } from 'node:http'
import type { AddressInfo } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { silentLogger } from '../../logger.ts'
import { HeadPublisher } from './head-publisher.ts'
import { notesIn, signCheckpoint } from './tlog/checkpoint.ts'
import { EMPTY_ROOT } from './tlog/hashes.ts'
import { newSignerText, parseSigner } from './tlog/signed-note.ts'

const signer = parseSigner(newSignerText('log.example')) ?? expect.unreachable()
const headOf = (size: number) => signCheckpoint({ origin: 'log.example', size, root: EMPTY_ROOT }, [signer])

test('HeadPublisher tells the first head at once, the others so often, and the last one in the end', async () => {
  const folder = mkdtempSync(join(tmpdir(), 'acs-heads-'))
  const file = join(folder, 'heads')
  const got: { readonly headers: IncomingHttpHeaders; readonly body: string }[] = []
  const server = createServer(async (request, response) => {
    const chunks: Buffer[] = []
    for await (const chunk of request) chunks.push(chunk)
    got.push({ headers: request.headers, body: Buffer.concat(chunks).toString() })
    // What fails once is told with the next one.
    response.writeHead(got.length === 1 ? 500 : 204).end()
  }).listen(0, '127.0.0.1')
  await once(server, 'listening')
  try {
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/heads`
    const key = Buffer.alloc(24, 1)
    const heads = new HeadPublisher({ file, webhook: { url, key }, everySeconds: 3600 }, silentLogger)
    for (const size of [1, 2, 3]) heads.note(headOf(size))
    expect(notesIn(readFileSync(file, 'utf8'))).toEqual([headOf(1)])
    await heads.close()
    await heads.close()
    expect(notesIn(readFileSync(file, 'utf8'))).toEqual([headOf(1), headOf(3)])
    expect(got.map(({ body }) => JSON.parse(body).data.checkpoint)).toEqual([headOf(1), headOf(3)])
    const { headers, body } = got[1] ?? expect.unreachable()
    const signed = `${headers['webhook-id']}.${headers['webhook-timestamp']}.${body}`
    const signature = createHmac('sha256', key).update(signed).digest('base64')
    expect(headers['webhook-signature']).toBe(`v1,${signature}`)
  } finally {
    server.close()
    rmSync(folder, { recursive: true })
  }
})

test('HeadPublisher goes on where a place cannot be told', async () => {
  const heads = new HeadPublisher({ file: '/nowhere/at/all/heads', everySeconds: 0 }, silentLogger)
  heads.note(headOf(1))
  await heads.close()
})
