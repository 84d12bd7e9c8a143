import { createHash } from 'node:crypto'
import { asc } from 'drizzle-orm'
import { expect, test } from 'vitest'
import { auditEntries } from '../../../src/db/schema.ts'
import { readLeaf } from '../../../src/services/audit/audit-event.ts'
import { KeyRing } from '../../../src/services/audit/tlog/key-ring.ts'
import { parseVerifier } from '../../../src/services/audit/tlog/signed-note.ts'
import { openProof } from '../../../src/services/audit/tlog/tlog-proof.ts'
import { AUDIT_KEY, type TestService } from '../fixtures/service.ts'
import { eventsOf, verified } from './log-of-service.ts'

/** What is in the log, and how it is read over HTTP. */
export function auditOverHttp(service: () => TestService): void {
  const context = () => service().services.context

  test('an execution is two entries of the log, with who, from where, what it was given and what it used', async () => {
    const { as, newUser } = service()
    const ada = await newUser('ada')
    const code = 'import os\ntry:\n  os.listdir("/etc")\nexcept OSError: pass\n6 * 7'
    const headers = { 'x-request-id': 'request-1' }
    const { body } = await as(ada)('POST', 'executions', { code, timeoutSeconds: 7 }, headers)
    await context().auditLog.flush()
    const { items } = (await as(ada)('GET', `audit?resourceId=${body.id}`)).body
    expect(items).toMatchObject([{ executionId: body.id, outcome: 'success', actorId: ada.id }])
    const deed = items[0] ?? expect.unreachable()
    expect(deed.index).toBeGreaterThan(0)
    const [begin, end] = await eventsOf(context(), deed.id)
    const both = {
      ...{ deed: deed.id, actor: ada.id, source: 'unknown', request: 'request-1' },
      ...{ action: 'execution.create', resource: body.id, execution: body.id, begun: begin?.time },
    }
    expect(begin).toMatchObject({ ...both, phase: 'begin', outcome: null })
    expect(begin?.run).toMatchObject({ image: 'base', limits: { timeoutSeconds: 7, memoryLimitMb: 256 } })
    expect(end).toMatchObject({
      ...{ ...both, phase: 'end', outcome: 'success' },
      run: {
        codeSha256: begin?.run?.codeSha256,
        error: null,
        usage: { stdoutBytes: 0 },
        granted: { net: false },
      },
    })
    expect(end?.run?.walls).toContain('deno')
  })

  test('each entry is written once, and all of them are what is signed', async () => {
    const { as, admin } = service()
    const before = await context().db.select().from(auditEntries).orderBy(asc(auditEntries.index))
    await as(admin)('PATCH', 'users/usr_nobody', { name: 'x' })
    expect(await verified(context())).toMatchObject({ ok: true, problems: [], waiting: 0, trust: 'key' })
    const after = await context().db.select().from(auditEntries).orderBy(asc(auditEntries.index))
    expect(after.slice(0, before.length)).toEqual(before)
    expect(after.slice(before.length).map(({ phase, outcome }) => [phase, outcome])).toEqual([
      ['begin', null],
      ['end', 'refused'],
    ])
  })

  test('GET /audit finds deeds by outcome, time and text, one page after the other', async () => {
    const { as, newUser } = service()
    const zoe = as(await newUser('zoe'))
    const since = new Date().toISOString()
    for (const name of ['needle one', 'needle two', 'hay'])
      await zoe('PATCH', `users/usr_${name.replace(' ', '_')}`, { name })
    const idsOf = async (query: string) =>
      (await zoe('GET', `audit?${query}`)).body.items.map((item: { resourceId: string }) => item.resourceId)
    expect(await idsOf('outcome=refused')).toEqual(['usr_hay', 'usr_needle_two', 'usr_needle_one'])
    expect(await idsOf('text=needle')).toEqual(['usr_needle_two', 'usr_needle_one'])
    expect(await idsOf(`until=${since}&outcome=refused`)).toEqual([])
    expect(await idsOf(`since=${since}&outcome=success`)).toEqual([])
    const page = (await zoe('GET', 'audit?text=needle&limit=1')).body
    expect(page.items).toHaveLength(1)
    expect(await idsOf(`text=needle&cursor=${page.nextCursor}`)).toEqual(['usr_needle_one'])
    await context().auditLog.flush()
    expect(await idsOf('text=needle')).toEqual(['usr_needle_two', 'usr_needle_one'])
    expect((await zoe('GET', 'audit?outcome=perhaps')).status).toBe(422)
    expect((await zoe('GET', 'audit?since=yesterday')).status).toBe(422)
  })

  test('the owner of an execution gets a proof of it, which is checked without the service', async () => {
    const { as, newUser, send, admin } = service()
    const ann = await newUser('ann')
    const { id } = (await as(ann)('POST', 'executions', { code: '6 * 7' })).body
    const authorization = `Bearer ${ann.apiKey}`
    const answer = await send('GET', `executions/${id}/proof`, { headers: { authorization } })
    expect(answer.headers.get('content-type')).toContain('text/plain')
    const text = await answer.text()
    const { key, size } = (await as(ann)('GET', 'audit/head')).body
    const proved = openProof(text, new KeyRing([parseVerifier(key) ?? expect.unreachable()]))
    expect(proved?.index).toBeLessThan(size)
    expect(readLeaf(proved?.leaf ?? expect.unreachable())).toMatchObject({
      ...{ execution: id, phase: 'end', outcome: 'success', actor: ann.id },
      run: { codeSha256: createHash('sha256').update('6 * 7').digest('hex') },
    })
    expect(openProof(text.replace('index ', 'index 1'), new KeyRing([AUDIT_KEY.verifier]))).toBeNull()
    const stranger = await newUser('stranger')
    expect((await as(stranger)('GET', `executions/${id}/proof`)).status).toBe(404)
    const other = String((await as(admin)('GET', `executions/${id}/proof`)).body)
    expect(openProof(other, new KeyRing([AUDIT_KEY.verifier]))?.index).toBe(proved?.index)
  })

  test('administrators verify and export the log over HTTP, and nobody else does', async () => {
    const { as, admin, newUser } = service()
    const joe = as(await newUser('joe'))
    for (const [method, path] of [
      ['POST', 'audit/verify'],
      ['GET', 'audit/export'],
    ] as const)
      expect((await joe(method, path)).status).toBe(403)
    await context().auditLog.flush()
    const { body } = await as(admin)('POST', 'audit/verify?since=0')
    expect(body).toMatchObject({ ok: true, problems: [], trust: 'key', since: 0, minimumIndex: 0 })
    expect(body.checked).toBeGreaterThanOrEqual(body.size)
    await context().auditLog.flush()
    const lines = String((await as(admin)('GET', 'audit/export')).body)
      .trimEnd()
      .split('\n')
    const entries = lines.map((line) => JSON.parse(line))
    expect(entries.map(({ index }) => index)).toEqual(entries.map((_, at) => at))
    const { index } = entries.find(({ entry }) => entry.action === 'audit.verify' && entry.phase === 'end')
    const csv = String((await as(admin)('GET', `audit/export?format=csv&from=${index}`)).body)
    expect(csv).toMatch(/^index,deed,phase,.*\r\n\d+,aud_\w+,end,.*,audit.verify,,success,\r\n/)
    expect((await as(admin)('GET', 'audit/export?format=xml')).status).toBe(422)
    const both = await Promise.all([1, 2].map(async () => (await as(admin)('POST', 'audit/verify')).status))
    expect(both.sort()).toEqual([200, 409])
  })

  test('what is refused before it is a deed is recorded, a minute of one kind as one', async () => {
    const { as, keyOf, newUser, admin, send } = service()
    const kim = await newUser('kim')
    const reader = await keyOf(kim, ['audit:read'])
    for (let n = 0; n < 3; n += 1)
      expect((await as(reader)('POST', 'executions', { code: '1' })).status).toBe(403)
    expect((await as(reader)('PATCH', `users/${admin.id}`, { name: 'x' })).status).toBe(404)
    const headers = { authorization: 'Bearer acs_nobody' }
    expect((await send('GET', 'tools', { headers })).status).toBe(401)
    await context().refusals.flush()
    await context().refusals.flush()
    const refused = (await as(kim)('GET', 'audit?action=request.refuse')).body.items
    const detail = { count: 3, code: 'forbidden', request: 'POST /api/v1/executions' }
    expect(refused).toMatchObject([{ outcome: 'refused', actorId: kim.id, source: 'unknown', detail }])
    const { items } = (await as(admin)('GET', 'audit?action=request.refuse&text=unauthenticated')).body
    expect(items).toMatchObject([
      { actorId: null, detail: { count: 1, request: expect.stringContaining('GET ') } },
    ])
  })
}
