import { connect, type Socket } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { listen } from '../../src/http/listen.ts'
import { describeServiceOnce, type Somebody } from './fixtures/service.ts'

const MIB = 2 ** 20
/** Long enough that two readers stand still together, however slowly a busy machine serves the first. */
const STALL_MS = 10_000

describeServiceOnce(
  'slow readers',
  (service) => {
    /** Asks for something until it is given, and takes nothing of the answer but its beginning. */
    async function slowReader(port: number, who: Somebody, path: string): Promise<Socket> {
      for (;;) {
        const socket = connect(port, '127.0.0.1')
        const begun = new Promise<string>((resolve, reject) => {
          socket.once('error', reject)
          socket.once('data', (bytes) => {
            socket.pause()
            resolve(String(bytes))
          })
        })
        const lines = [
          `GET /api/v1/${path} HTTP/1.1`,
          'Host: x',
          `Authorization: Bearer ${who.apiKey}`,
          '',
          '',
        ]
        socket.write(lines.join('\r\n'))
        const isGiven = (await begun).startsWith('HTTP/1.1 200')
        socket.on('error', () => {})
        if (isGiven) return socket
        // What went before may hold its place a moment longer.
        socket.destroy()
        await sleep(50)
      }
    }

    test('keep their place in the quota until the answer is over, and are ended when they stop', async () => {
      const { app, as, newUser } = service()
      const user = await newUser('slow')
      const session = `sessions/${(await as(user)('POST', 'sessions', {})).body.id}`
      const code = `open("big.bin", "wb").write(b"x" * ${24 * MIB})`
      expect((await as(user)('POST', `${session}/executions`, { code })).status).toBe(200)
      const listening = await listen(app.fetch, { host: '127.0.0.1', port: 0, readerStallMs: STALL_MS })
      const readers: Socket[] = []
      try {
        for (let count = 0; count < 2; count++)
          readers.push(await slowReader(listening.port, user, `${session}/files/big.bin`))
        const refused = async () => (await as(user)('GET', `${session}/files`)).body
        await expect
          .poll(refused, { interval: 50 })
          .toMatchObject({ status: 429, quota: 'concurrent-executions' })
        const listed = async () => (await as(user)('GET', `${session}/files`)).status
        await expect.poll(listed, { interval: 200 }).toBe(200)
      } finally {
        for (const socket of readers) socket.destroy()
        listening.destroy()
        await listening.stop()
      }
    })

    test('who waits for an answer longer than that is not disturbed', async () => {
      const { app, newUser } = service()
      const user = await newUser('patient')
      const listening = await listen(app.fetch, { host: '127.0.0.1', port: 0, readerStallMs: 300 })
      try {
        const answer = await fetch(`http://127.0.0.1:${listening.port}/api/v1/executions`, {
          method: 'POST',
          headers: { authorization: `Bearer ${user.apiKey}`, 'content-type': 'application/json' },
          body: JSON.stringify({ code: 'import time\ntime.sleep(1.5)\n7' }),
        })
        expect(await answer.json()).toMatchObject({ result: { result: 7 } })
        await sleep(0)
      } finally {
        listening.destroy()
        await listening.stop()
      }
    })

    test('no more answers are read at a time than the quota says', async () => {
      const { as, newUser, send, admin } = service()
      const user = await newUser('readers')
      await as(admin)('PATCH', `users/${user.id}`, { quotas: { readers: 1 } })
      const made = await as(user)('POST', 'executions', { code: `open("a", "wb").write(b"x" * ${MIB})` })
      const headers = { authorization: `Bearer ${user.apiKey}` }
      const path = `executions/${made.body.id}/files/a`
      const first = await send('GET', path, { headers })
      expect((await as(user)('GET', path)).body).toMatchObject({ status: 429, quota: 'readers' })
      expect((await first.arrayBuffer()).byteLength).toBe(MIB)
      await expect.poll(async () => (await send('HEAD', path, { headers })).status).toBe(200)
      await expect.poll(async () => (await as(user)('GET', path)).status).toBe(200)
    })
  },
  { policy: { quotas: { concurrent: 2, storageBytes: 256 * MIB } } },
)
