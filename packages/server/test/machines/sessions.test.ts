import { sql } from 'drizzle-orm'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import type { TestService } from '../service/fixtures/service.ts'
import { type Cluster, hasServers, soon, startCluster, statusOf } from './fixtures/machines.ts'

const WIDE = { quotas: { concurrent: 40, perMinute: 10_000, storageBytes: 2 ** 26 } }

describe.skipIf(!hasServers)('sessions on machines', () => {
  let cluster: Cluster
  let one: TestService
  let other: TestService

  beforeAll(async () => {
    cluster = await startCluster()
    one = await cluster.service({ policy: WIDE })
    other = await cluster.service({ policy: WIDE })
    await cluster.machine('m1', 2)
    await cluster.machine('m2', 2)
  })
  afterAll(async () => {
    await cluster?.[Symbol.asyncDispose]()
  })

  const newSession = async (body: object = {}) => {
    const { status, body: row } = await one.as(one.admin)('POST', 'sessions', body)
    expect(status).toBe(201)
    return String(row.id)
  }
  const run = async (service: TestService, id: string, code: string, options: object = {}) =>
    await service.as(service.admin)('POST', `sessions/${id}/executions`, { code, ...options })

  test('what one execution leaves the next one finds, on whichever machine and through whichever service', async () => {
    const id = await newSession({ name: 'ours' })
    expect((await one.as(one.admin)('GET', `sessions/${id}`)).body).toMatchObject({
      ...{ state: 'at rest', bytes: 0, stepsBack: 0, content: null },
    })
    const first = await run(one, id, 'x = [1]\nopen("kept.txt", "w").write("kept")\nlen(x)')
    expect(first.body).toMatchObject({ status: 'success', result: { result: 1, sessionUnsaved: null } })
    for (let n = 2; n <= 6; n += 1) {
      const { body } = await run(
        n % 2 === 0 ? other : one,
        id,
        'x.append(1)\n(len(x), open("kept.txt").read())',
      )
      expect(body).toMatchObject({ result: { result: [n, 'kept'], sessionRestored: null } })
    }
    const { body: row } = await other.as(other.admin)('GET', `sessions/${id}`)
    expect(row).toMatchObject({ state: 'at rest', content: { files: 1 } })
    expect(row.bytes).toBeGreaterThan(0)
    expect(row.content.names).toContainEqual(expect.objectContaining({ name: 'x', type: 'list' }))
  })

  test('executions that are asked for at once run one after the other, none is lost', async () => {
    const id = await newSession()
    await run(one, id, 'seen = []')
    const asked = Array.from({ length: 8 }, (_, n) =>
      run(n % 2 === 0 ? one : other, id, `import time\ntime.sleep(0.05)\nseen.append(${n})\nlen(seen)`),
    )
    const lengths = (await Promise.all(asked)).map(({ body }) => Number(body.result.result))
    expect(lengths.sort((a, b) => a - b)).toEqual([1, 2, 3, 4, 5, 6, 7, 8])
    const { body } = await run(one, id, 'sorted(seen)')
    expect(body.result.result).toEqual([0, 1, 2, 3, 4, 5, 6, 7])
  })

  test('files of a session are written, read, listed and removed, and code finds them', async () => {
    const id = await newSession()
    const as = one.as(one.admin)
    const { apiKey } = one.admin
    const bytes = Buffer.alloc(200_000, 'ab')
    const written = await one.send('PUT', `sessions/${id}/files/in/some.bin`, {
      headers: { authorization: `Bearer ${apiKey}`, 'content-type': 'application/octet-stream' },
      bytes,
    })
    expect(written.status).toBe(200)
    expect((await run(other, id, 'len(open("in/some.bin").read())')).body.result.result).toBe(200_000)
    await run(one, id, 'open("made.txt", "w").write("made" * 500_000)')
    const read = await other.send('GET', `sessions/${id}/files/made.txt`, {
      headers: { authorization: `Bearer ${apiKey}` },
    })
    expect(await read.text()).toBe('made'.repeat(500_000))
    const { body: listed } = await as('GET', `sessions/${id}/files`)
    expect(listed.items.map(({ name }: { name: string }) => name).sort()).toEqual(['in', 'made.txt'])
    expect((await as('GET', `sessions/${id}/files/none.txt`)).status).toBe(404)
    expect((await as('DELETE', `sessions/${id}/files/in`)).status).toBe(204)
    expect((await run(one, id, 'import os\nos.listdir()')).body.result.result).toEqual(['made.txt'])
  })

  test('a fork goes its own way; a deleted session is gone, with what ran in it and what was kept', async () => {
    const id = await newSession()
    const as = one.as(one.admin)
    await run(one, id, 'x = 1')
    const { status, body: fork } = await other.as(other.admin)('POST', `sessions/${id}/fork`, {})
    expect(status).toBe(201)
    await run(one, id, 'x = 2')
    expect((await run(one, fork.id, 'x')).body.result.result).toBe(1)
    const running = await as(
      'POST',
      `sessions/${id}/executions`,
      { code: 'while True: pass' },
      { prefer: 'respond-async' },
    )
    await expect.poll(() => statusOf(other, running.body.id), soon).toBe('running')
    expect((await other.as(other.admin)('DELETE', `sessions/${id}`)).status).toBe(204)
    await expect.poll(() => statusOf(one, running.body.id), soon).toBe('cancelled')
    expect((await run(one, id, 'x')).status).toBe(404)
    expect((await run(other, fork.id, 'x + 1')).body.result.result).toBe(2)
    expect(await blobsOf(one, id)).toBe(0)
  })

  test('a rewind goes back as far as the last 20 states, also after rest, and no further', async () => {
    const id = await newSession()
    const as = other.as(other.admin)
    const rewind = async (steps: number) => await as('POST', `sessions/${id}/rewind`, { steps })
    expect(await rewind(1)).toMatchObject({ status: 409, body: { code: 'conflict' } })
    for (let n = 1; n <= 4; n += 1) await run(one, id, `x = ${n}\nopen("n.txt", "w").write("${n}")`)
    const before = (await as('GET', `sessions/${id}`)).body
    expect(before).toMatchObject({ stepsBack: 3 })
    expect((await rewind(4)).body.detail).toContain('it can go back 3')
    expect(await rewind(2)).toMatchObject({ status: 200, body: { stepsBack: 1 } })
    expect((await run(one, id, '(x, open("n.txt").read())')).body.result.result).toEqual([2, '2'])
    expect((await as('GET', `sessions/${id}`)).body).toMatchObject({ stepsBack: 2 })
    const { body: fork } = await as('POST', `sessions/${id}/fork`, {})
    expect(fork).toMatchObject({ stepsBack: 0 })
    expect(fork.bytes).toBeLessThan(before.bytes)
    expect(await rewind(2)).toMatchObject({ status: 200, body: { stepsBack: 0 } })
    expect((await run(one, id, 'x')).body.result.result).toBe(1)
    expect((await run(one, fork.id, 'x')).body.result.result).toBe(2)
    // Of each state that is kept there is one piece.
    expect(await blobsOf(one, id)).toBe(2)
    // As if 25 had been kept.
    const { db } = one.services.context
    await db.execute(sql`insert into session_pasts select session_id, 'old' || n, -n, 1, metadata
      from session_pasts, generate_series(1, 25) as n where session_id = ${id}`)
    await run(one, id, 'x = 5')
    expect((await as('GET', `sessions/${id}`)).body).toMatchObject({ stepsBack: 20 })
    expect(
      await db.execute(sql`select count(*)::int as n from session_pasts where session_id = ${id}`),
    ).toMatchObject({
      rows: [{ n: 20 }],
    })
    expect((await as('DELETE', `sessions/${id}`)).status).toBe(204)
    expect(await blobsOf(one, id)).toBe(0)
  })

  test('what ends or breaks its worker leaves the session as it was, and what cannot be kept is told', async () => {
    const id = await newSession()
    await run(one, id, 'x = 1')
    const late = await run(one, id, 'x = 2\nwhile True: pass', { timeoutSeconds: 1 })
    expect(late.body.result).toMatchObject({ error: { kind: 'timeout' }, sessionRestored: null })
    const broken = await run(other, id, 'import os\nx = 3\nos._exit(3)')
    expect(broken.body.result).toMatchObject({
      ...{ error: { kind: 'crashed' }, sessionUnsaved: null, sessionRestored: { reason: 'crashed' } },
    })
    const open = await run(one, id, 'import asyncio\ny = 1\ntask = asyncio.ensure_future(asyncio.sleep(600))')
    expect(open.body.result.sessionUnsaved.reason).toMatch(/^Cannot save the session: /)
    expect((await run(one, id, '"y" in globals()')).body.result).toMatchObject({
      ...{ result: false, sessionRestored: { reason: 'not-kept' } },
    })
    expect((await run(one, id, 'x')).body.result).toMatchObject({ result: 2, sessionRestored: null })
  })

  test('a session that is too large for the quota keeps what it was', async () => {
    const user = await one.newUser('frugal')
    const as = one.as(user)
    const { body: session } = await as('POST', 'sessions', {})
    const runs = async (code: string) =>
      (await as('POST', `sessions/${session.id}/executions`, { code })).body.result
    const stepsBack = async () => (await as('GET', `sessions/${session.id}`)).body.stepsBack
    const { db } = one.services.context
    await db.execute(sql`update users set quotas = '{"storageBytes": 330000}'
      where id = (select user_id from sessions where id = ${session.id})`)
    await runs('x = 1')
    expect(await runs('import os\ny = os.urandom(100_000)')).toMatchObject({ sessionUnsaved: null })
    expect(await stepsBack()).toBe(1)
    // What it was is given up before what it is.
    expect(await runs('z = os.urandom(100_000)')).toMatchObject({ sessionUnsaved: null })
    expect(await stepsBack()).toBe(0)
    const { sessionUnsaved } = await runs('x = os.urandom(1_000_000)')
    expect(sessionUnsaved.reason).toContain('the quota "storage-bytes" of 330000')
    expect(await runs('(x, len(z))')).toMatchObject({
      ...{ result: [1, 100_000], sessionRestored: { reason: 'not-kept' } },
    })
  })
})

/** How many pieces are kept of a session. */
async function blobsOf(service: TestService, id: string): Promise<number> {
  const query = sql`select count(*)::int as n from blobs where owner = ${id}`
  const { rows } = (await service.services.context.db.execute(query)) as unknown as { rows: { n: number }[] }
  return rows[0]?.n ?? -1
}
