import { spawn } from 'node:child_process'
import { once } from 'node:events'
import { readFileSync } from 'node:fs'
import { setTimeout as sleep } from 'node:timers/promises'
import { describe, expect, onTestFinished, test } from 'vitest'
import { echoServer, startNetService } from '../../../test/fixtures/net-service.ts'

describe('NetService', () => {
  const { open, start } = echoServer()

  test('close() closes every connection, also one that is being made', async () => {
    const { service, call, connect } = start()
    for (let index = 0; index < 10; index++) await connect()
    const reading = call('read', { connection: 1, max: 9, deadlineMs: null }).then(() =>
      call('read', { connection: 1, max: 9, deadlineMs: null }),
    )
    const late = connect()
    await new Promise((resolve) => setTimeout(resolve, 20))
    service.close()
    await Promise.allSettled([late, reading])
    await expect.poll(() => open.size).toBe(0)
    await expect(connect()).rejects.toMatchObject({ code: 'ECONNABORTED' })
    await expect.poll(() => open.size).toBe(0)
  })

  test('200 workers that never close anything leave nothing open', async () => {
    const sockets = () => process.getActiveResourcesInfo().filter((name) => name === 'TCPSocketWrap').length
    const timers = () => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length
    const before = [sockets(), timers()]
    for (let run = 0; run < 200; run++) {
      const { service, call, connect } = start()
      const connection = await connect()
      const reading = call('read', { connection, max: 9, deadlineMs: 1_000_000 }).then(() =>
        call('read', { connection, max: 9, deadlineMs: 1_000_000 }),
      )
      const waiting = call('readable', { connections: [connection], deadlineMs: 1_000_000 })
      service.close()
      await Promise.allSettled([reading, waiting])
    }
    await expect.poll(() => open.size).toBe(0)
    await expect
      .poll(() => [sockets(), timers()].every((count, index) => count <= (before[index] ?? 0) + 1))
      .toBe(true)
  })

  test('closes what is left of failed handshakes, whatever they ask for', async () => {
    const { call, connect } = start()
    const base = { verify: true, checkHostname: true, protocols: [], deadlineMs: 2000 }
    for (const serverName of ['\0', 'ü'.repeat(300), '127.0.0.1', '..', 'a'.repeat(300), null]) {
      const connection = await connect()
      await expect(call('tls', { ...base, connection, serverName })).rejects.toThrow()
    }
    const connection = await connect()
    const both = [1, 2].map(() => call('tls', { ...base, connection, serverName: 'a' }))
    expect((await Promise.allSettled(both)).map(({ status }) => status)).toEqual(['rejected', 'rejected'])
    await expect.poll(() => open.size).toBe(0)
  })
})

describe('NetService with a server that takes no connection', () => {
  /** A process that listens and stands still: its queue fills, and what comes then waits in the kernel. */
  async function fullServer(): Promise<number> {
    const program = `const s = require('node:net').createServer(() => {}); s.listen({ port: 0, host: '127.0.0.1', backlog: 1 }, () => console.log(s.address().port))`
    const child = spawn(process.execPath, ['-e', program], { stdio: ['ignore', 'pipe', 'ignore'] })
    onTestFinished(() => void child.kill('SIGKILL'))
    const [said] = await once(child.stdout, 'data')
    process.kill(child.pid ?? 0, 'SIGSTOP')
    return Number(String(said))
  }

  /** Sockets to this port that are being opened. */
  function opening(to: number): number {
    const port = to.toString(16).toUpperCase().padStart(4, '0')
    return readFileSync('/proc/net/tcp', 'latin1')
      .split('\n')
      .filter((line) => line.trim().split(/\s+/)[2] === `0100007F:${port}` && / 02 /.test(line)).length
  }

  test.runIf(process.platform === 'linux')('closes what is being opened with the run', async () => {
    const to = await fullServer()
    const { service, call } = startNetService()
    const ends = Array.from({ length: 50 }, () =>
      call('connect', { host: '127.0.0.1', port: to, deadlineMs: null }).catch((error: unknown) => error),
    )
    await expect.poll(() => opening(to)).toBeGreaterThan(20)
    service.close()
    await expect.poll(() => opening(to)).toBe(0)
    const answers = await Promise.race([Promise.all(ends), sleep(30_000, null)])
    expect(answers).not.toBeNull()
    await expect(call('connect', { host: '127.0.0.1', port: to, deadlineMs: null })).rejects.toThrow(
      'the run is over',
    )
  })
})
