import { expect, test } from 'vitest'
import { ENDLESS, hasBegun } from '../fixtures/programs.ts'
import type { TestService } from '../fixtures/service.ts'
import { newSession } from './new-session.ts'

const MIB = 2 ** 20

/** Executions in sessions, their files, and who may see them. */
export function useOfSessions(service: () => TestService): void {
  test('executions in a session find what those before left, one after the other', async () => {
    const ada = await service().newUser('ada')
    const { id, path, made, request, run } = await newSession(service(), ada, { name: 'first' })
    expect(made.body).toMatchObject({ name: 'first', state: 'at rest', bytes: 0, content: null })
    expect(made.headers.get('location')).toBe(`/api/v1/${path}`)
    expect((await run('seen = []')).body).toMatchObject({ sessionId: id, result: { sessionUnsaved: null } })
    for (const n of [1, 2, 3]) {
      const code = `import time\ntime.sleep(0.2)\nseen.append(${n})`
      expect((await run(code, { prefer: 'respond-async' })).status).toBe(202)
    }
    // All of them wait still, and this one comes after them.
    expect((await run('seen')).body.result).toMatchObject({ result: [1, 2, 3], sessionUnsaved: null })
    const { body } = await request('GET', path)
    expect(body).toMatchObject({ state: 'live', content: { names: [{ name: 'seen' }, { name: 'time' }] } })
    expect(body.bytes).toBeGreaterThan(10_000)
    expect((await request('GET', 'sessions')).body.items).toMatchObject([{ id, bytes: body.bytes }])
    const runs = await request('GET', `executions?sessionId=${id}`)
    expect(runs.body.items).toHaveLength(5)
    const audit = await request('GET', `audit?resourceId=${runs.body.items[0]?.id}`)
    expect(audit.body.items).toMatchObject([
      { action: 'execution.create', outcome: 'success', detail: { sessionId: id } },
    ])
    // A list in parts.
    const second = await newSession(service(), ada)
    const first = (await request('GET', 'sessions?limit=1')).body
    expect(first).toMatchObject({ items: [{ id: second.id }], nextCursor: second.id })
    const rest = (await request('GET', `sessions?limit=1&cursor=${first.nextCursor}`)).body
    expect(rest).toMatchObject({ items: [{ id }], nextCursor: null })
  })

  test('nobody else learns that a session exists; an administrator sees all', async () => {
    const { as, admin, newUser } = service()
    const mine = await newSession(service(), await newUser('owner'))
    const nosy = as(await newUser('nosy'))
    for (const [method, path, body] of [
      ['GET', ''],
      ['DELETE', ''],
      ['POST', '/executions', { code: '1' }],
      ['POST', '/fork', {}],
      ['POST', '/rewind', {}],
      ['GET', '/files'],
      ['GET', '/files/x'],
      ['DELETE', '/files/x'],
    ] as const)
      expect((await nosy(method, `${mine.path}${path}`, body)).status, `${method} ${path}`).toBe(404)
    expect((await nosy('POST', 'sessions', { from: mine.id })).status).toBe(404)
    expect((await nosy('GET', 'sessions')).body.items).toEqual([])
    expect((await nosy('GET', 'sessions?scope=all')).status).toBe(403)
    expect((await as(admin)('GET', mine.path)).status).toBe(200)
    const all = (await as(admin)('GET', 'sessions?scope=all&limit=100')).body.items
    expect(all.map(({ id }: { id: string }) => id)).toContain(mine.id)
  })

  test('events, background runs, idempotency and cancelling are those of executions', async () => {
    const { send, admin } = service()
    const { id, path, request, run } = await newSession(service(), admin)
    await run('n = 0')
    const headers = { authorization: `Bearer ${admin.apiKey}`, accept: 'text/event-stream' }
    const answer = await send('POST', `${path}/executions`, {
      body: { code: 'n += 1\nprint(n)\nn' },
      headers,
    })
    const text = await answer.text()
    expect(text.match(/^event: .*$/gm)?.at(-1)).toBe('event: finished')
    const again = await send('GET', `${answer.headers.get('location')}/events`, {
      headers: { ...headers, 'last-event-id': '1' },
    })
    expect(text.endsWith(await again.text())).toBe(true)

    const once = { 'idempotency-key': 'in-a-session' }
    const [one, two] = [await run('n += 1\nn', once), await run('n += 1\nn', once)]
    expect(one.body.result.result).toBe(2)
    expect(two.body).toEqual(one.body)
    const elsewhere = await newSession(service(), admin)
    expect((await elsewhere.run('n += 1\nn', once)).body.code).toBe('idempotency-mismatch')

    const begun = await run(ENDLESS, { prefer: 'respond-async' })
    expect(begun).toMatchObject({ status: 202, body: { status: 'running' } })
    const waiting = run('n')
    await hasBegun(service(), begun.body.id)
    await expect
      .poll(async () => (await request('GET', `executions?sessionId=${id}`)).body.items)
      .toHaveLength(5)
    const ended = await request('DELETE', `executions/${begun.body.id}`)
    expect(ended.body.status).toBe('cancelled')
    expect((await waiting).body.result).toMatchObject({ status: 'success', result: 2 })
  })

  test('files go up and down, whole or in parts, and are there for the code', async () => {
    const { run, file, request, path } = await newSession(service(), service().admin)
    const written = await file('PUT', 'in/%C3%BC.csv', 'a,b\n1,2\n', { 'content-type': 'text/csv' })
    expect(await written.json()).toMatchObject({ path: 'in/ü.csv', size: 8 })
    const etag = written.headers.get('etag') ?? ''
    const code = 'open("big.bin", "wb").write(bytes(range(256)) * 8192)\nopen("in/ü.csv").read()'
    expect((await run(code)).body.result.result).toBe('a,b\n1,2\n')
    const read = await file('GET', 'in%2F%C3%BC.csv')
    expect([await read.text(), read.headers.get('etag')]).toEqual(['a,b\n1,2\n', etag])
    expect(read.headers.get('content-type')).toBe('text/csv')
    expect((await file('GET', 'in/%C3%BC.csv', undefined, { 'if-none-match': etag })).status).toBe(304)
    for (const [range, content] of [
      ['bytes=2097148-', 'bytes 2097148-2097151/2097152'],
      ['bytes=-4', 'bytes 2097148-2097151/2097152'],
    ] as const) {
      const part = await file('GET', 'big.bin', undefined, { range })
      expect([part.status, part.headers.get('content-range')]).toEqual([206, content])
      expect([...new Uint8Array(await part.arrayBuffer())]).toEqual([252, 253, 254, 255])
    }
    expect((await file('GET', 'big.bin', undefined, { range: 'bytes=9999999-' })).status).toBe(416)
    await file('PUT', 'page.html', '<script>alert(1)</script>')
    const page = await file('GET', 'page.html')
    expect(page.headers.get('content-type')).toBe('application/octet-stream')
    expect(page.headers.get('content-disposition')).toMatch(/^attachment/)
    const names = (items: readonly { name: string }[]) => items.map(({ name }) => name).sort()
    expect(names((await request('GET', `${path}/files`)).body.items)).toEqual(['big.bin', 'in', 'page.html'])
    expect((await request('GET', `${path}/files?path=in`)).body.items).toMatchObject([
      { name: 'ü.csv', type: 'file', size: 8 },
    ])
    expect((await file('DELETE', 'in')).status).toBe(204)
    expect((await file('GET', 'in/%C3%BC.csv')).status).toBe(404)
    expect((await file('DELETE', 'in')).status).toBe(404)
    expect((await file('GET', '..%2F..%2Fetc%2Fpasswd')).status).toBe(422)
    expect((await file('PUT', 'big.bin/x', 'x')).status).toBe(409)
    expect((await file('PUT', 'huge', 'x'.repeat(MIB + 1))).status).toBe(413)
    const empty = await file('PUT', 'empty', '')
    expect(await empty.json()).toMatchObject({ size: 0 })
    expect(await (await file('GET', 'empty')).text()).toBe('')
  })
}
