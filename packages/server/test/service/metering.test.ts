import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { eq, sql } from 'drizzle-orm'
import { expect, test } from 'vitest'
import type { Database } from '../../src/db/index.ts'
import { findExecution } from '../../src/db/queries/executions.ts'
import { usageOf } from '../../src/db/queries/quota-usage.ts'
import { executions } from '../../src/db/schema.ts'
import { describeService } from './fixtures/service.ts'

const MIB = 2 ** 20
const storedBytes = async (db: Database, userId: string) =>
  (await usageOf(db, [`user ${userId}`])).get(`user ${userId}`)?.storedBytes ?? 0
const SHOWS = (count: number) => `
import os, base64
from IPython.display import display, HTML
print('shown')
for i in range(${count}): display(HTML(base64.b64encode(os.urandom(786432)).decode()))
open('made.txt', 'w').write('kept')
`
const TOOL = (name: string, code = 'def main(): return 1') => ({ name, kind: 'python', definition: { code } })

describeService(
  'what is recorded',
  (service) => {
    test('of a large result is bounded and counted; who waits gets all of it, and it can be read again', async () => {
      const { as, newUser, services } = service()
      const { context } = services
      const user = await newUser('shower')
      const before = await storedBytes(context.db, user.id)
      const { body, status } = await as(user)('POST', 'executions', { code: SHOWS(4) })
      expect(status).toBe(200)
      // Each as HTML, and as the short text that stands for it.
      const large = body.result.displays.filter(({ mime }) => mime === 'text/html')
      expect(large.map(({ data }) => String(data).length)).toEqual([MIB, MIB, MIB, MIB])

      const [raw] = await context.db
        .select({ recordBytes: executions.recordBytes, fileBytes: executions.fileBytes })
        .from(executions)
        .where(eq(executions.id, body.id))
      expect(raw?.recordBytes).toBeLessThan(MIB + 4096)
      expect(raw?.fileBytes).toBeGreaterThan(4 * MIB)
      const bytes = await storedBytes(context.db, user.id)
      expect(bytes - before).toBe((raw?.recordBytes ?? 0) + (raw?.fileBytes ?? 0))

      const stored = (await as(user)('GET', `executions/${body.id}`)).body.result
      expect(stored).toMatchObject({ status: 'success', stdout: 'shown\n' })
      expect(stored.truncated.record).toMatchObject({ displays: 4, kept: true })
      expect(stored.displays.filter(({ data }) => data === null)).toHaveLength(4)
      const whole = (await as(user)('GET', `executions/${body.id}/result`)).body
      expect(whole.displays).toEqual(body.result.displays)
      expect(whole.files).toEqual(stored.files)

      const folder = join(service().filesFolder, body.id)
      expect(existsSync(folder)).toBe(true)
      const last = await as(user)('DELETE', `executions/${body.id}`)
      expect(last).toMatchObject({ status: 200, body: { id: body.id, status: 'success' } })
      expect((await as(user)('GET', `executions/${body.id}`)).status).toBe(404)
      expect((await as(user)('DELETE', `executions/${body.id}`)).status).toBe(404)
      expect(existsSync(folder)).toBe(false)
      expect(await storedBytes(context.db, user.id)).toEqual(before)
      const { body: audit } = await as(user)('GET', `audit?resourceId=${body.id}`)
      expect(audit.items.map(({ action }: { action: string }) => action)).toContain('execution.delete')
    })

    test('the events of a large result end with all of it', async () => {
      const { send, admin } = service()
      const headers = { authorization: `Bearer ${admin.apiKey}`, accept: 'text/event-stream' }
      const answer = await send('POST', 'executions', { body: { code: SHOWS(2) }, headers })
      const last = (await answer.text()).trim().split('\n\n').at(-1) ?? ''
      const data = JSON.parse(/^data: (.*)$/m.exec(last)?.[1] ?? '')
      expect(data.result.displays).toHaveLength(4)
      expect(last).toMatch(/^event: finished$/m)
      expect(last).toMatch(/^id: \d+$/m)
    })

    test('without room for it a result is recorded in short, and large inputs by their hash', async () => {
      const { as, admin, newUser, services } = service()
      const user = await newUser('short')
      await as(admin)('PATCH', `users/${user.id}`, { quotas: { storageBytes: 20_000 } })
      const { body } = await as(user)('POST', 'executions', {
        code: 'print("x" * 500_000)\nlen(big)',
        globals: { big: 'y'.repeat(200_000) },
      })
      expect(body.result).toMatchObject({ status: 'success', result: 200_000 })
      const row = await findExecution(services.context.db, body.id)
      expect(row?.recordBytes).toBeLessThan(20_000)
      expect(row?.options).toMatchObject({
        globals: { bytes: expect.any(Number), sha256: expect.any(String) },
      })
      const stored = (await as(user)('GET', `executions/${body.id}`)).body.result
      expect(stored.truncated.record).toMatchObject({
        fields: expect.arrayContaining(['stdout']),
        kept: false,
      })
      expect(stored.result).toBe(200_000)
      expect((await as(user)('GET', `executions/${body.id}/result`)).status).toBe(410)
      // What is recorded of many counts as much as what is kept of one.
      let refused = await as(user)('POST', 'executions', { code: '1' })
      for (let n = 0; n < 20 && refused.status === 200; n += 1)
        refused = await as(user)('POST', 'executions', { code: '1' })
      expect(refused.body).toMatchObject({ status: 429, quota: 'storage-bytes', quotaOf: 'user' })
      await as(user)('DELETE', `executions/${body.id}`)
      expect((await as(user)('POST', 'executions', { code: '1' })).status).toBe(200)
    })

    test('why an execution failed is told in our words', async () => {
      const { as, admin, services } = service()
      const { sandboxes } = services.context
      const original = sandboxes.for.bind(sandboxes)
      sandboxes.for = () => ({
        // biome-ignore lint/correctness/useYield: it fails before there is anything
        async *stream() {
          throw new Error('EACCES: /home/operator/.cache/secret')
        },
        session: () => {
          throw new Error('none is wanted')
        },
      })
      const begun = await as(admin)('POST', 'executions', { code: '1' }, { prefer: 'respond-async' })
      sandboxes.for = original
      await expect
        .poll(async () => (await as(admin)('GET', `executions/${begun.body.id}`)).body.status)
        .toBe('failed')
      const { failure } = (await as(admin)('GET', `executions/${begun.body.id}`)).body
      expect(failure).not.toMatch(/operator/)
    })
  },
  { policy: { quotas: { storageBytes: 64 * MIB } } },
)

describeService(
  'saving a tool',
  (service) => {
    test('runs its code as an execution: with the scope, within the quotas, on the record', async () => {
      const { as, admin, keyOf, newUser } = service()
      const user = await newUser('author')
      const writer = await keyOf(user, ['tools:write'])
      expect((await as(writer)('POST', 'tools', TOOL('free'))).body).toMatchObject({ status: 403 })
      expect((await as(user)('POST', 'tools', TOOL('one'))).status).toBe(201)
      const [check] = (await as(user)('GET', 'executions')).body.items
      expect(check).toMatchObject({ status: 'success', toolId: null })
      const { body: audit } = await as(user)('GET', 'audit?action=tool.check')
      expect(audit.items).toMatchObject([{ outcome: 'success', detail: { executionId: check?.id } }])
      await as(admin)('PATCH', `users/${user.id}`, { quotas: { perMinute: 1 } })
      // What began before the limit was lowered is paid for already.
      expect((await as(user)('POST', 'tools', TOOL('two'))).status).toBe(201)
      expect((await as(user)('POST', 'tools', TOOL('three'))).body).toMatchObject({
        ...{ status: 429, quota: 'executions-per-minute' },
      })
      const { body: tools } = await as(user)('GET', 'tools?scope=mine')
      expect(
        (await as(writer)('PATCH', `tools/${tools.items[0]?.id}`, { name: 'renamed' }, any)).status,
      ).toBe(200)
      const change = { definition: { code: 'def main(): return 2' } }
      expect((await as(user)('PATCH', `tools/${tools.items[0]?.id}`, change, any)).status).toBe(429)
    })

    test('ends when the client goes', async () => {
      const { app, as, newUser } = service()
      const user = await newUser('leaver')
      const controller = new AbortController()
      const answer = app.request('/api/v1/tools', {
        ...{ method: 'POST', signal: controller.signal },
        headers: { authorization: `Bearer ${user.apiKey}`, 'content-type': 'application/json' },
        body: JSON.stringify(TOOL('endless', 'while True: pass')),
      })
      const last = async () => (await as(user)('GET', 'executions?limit=1')).body.items[0]?.status
      await expect.poll(last).toBe('running')
      controller.abort()
      await Promise.resolve(answer).catch(() => {})
      await expect.poll(last).toBe('cancelled')
    })

    test('the number of tools, of their versions and of keys is bounded, and their bytes count', async () => {
      const { as, admin, newUser, services } = service()
      const { db } = services.context
      const user = await newUser('many')
      const quotas = { tools: 2, toolVersions: 3, apiKeys: 3 }
      await as(admin)('PATCH', `users/${user.id}`, { quotas })
      const made = [await as(user)('POST', 'tools', TOOL('a')), await as(user)('POST', 'tools', TOOL('b'))]
      expect(made.map(({ status }) => status)).toEqual([201, 201])
      expect((await as(user)('POST', 'tools', TOOL('c'))).body).toMatchObject({ status: 429, quota: 'tools' })
      const { id } = made[0]?.body ?? {}
      const stored = async () => await storedBytes(db, user.id)
      const description = 'd'.repeat(3000)
      const before = await stored()
      for (let n = 0; n < 5; n += 1)
        expect(
          (await as(user)('PATCH', `tools/${id}`, { description: `${n}${description}` }, any)).status,
        ).toBe(200)
      const { items } = (await as(user)('GET', `tools/${id}/versions`)).body
      expect(items.map(({ version }) => version)).toEqual([6, 5, 4])
      expect((await stored()) - before).toBeGreaterThan(3 * 3000 - 1000)
      expect((await stored()) - before).toBeLessThan(3 * 3000 + 1000)
      expect((await as(user)('DELETE', `tools/${id}`)).status).toBe(204)
      expect(await stored()).toBeLessThan(before)
      expect((await as(user)('POST', 'tools', TOOL('c'))).status).toBe(201)

      const keys = []
      for (let n = 0; n < 4; n += 1)
        keys.push((await as(user)('POST', 'api-keys', { name: 'k', scopes: ['execute'] })).status)
      expect(keys).toEqual([201, 201, 429, 429])
    })

    test('what is refused, and costs nothing else, is bounded too, and stopping something is not', async () => {
      const { as, newUser, services } = service()
      const user = await newUser('busy')
      const background = { prefer: 'respond-async' }
      const { id } = (await as(user)('POST', 'executions', { code: 'while True: pass' }, background)).body
      expect((await as(user)('DELETE', 'tools/tool_none')).status).toBe(404)
      while (services.context.deeds.take(user.id) === 0);
      const recorded = async () => (await as(user)('GET', 'audit?limit=100')).body.items.length
      const before = await recorded()
      expect((await as(user)('DELETE', 'tools/tool_none')).body).toMatchObject({
        status: 429,
        quota: 'deeds',
      })
      expect((await as(user)('DELETE', 'executions/exe_none')).status).toBe(404)
      expect(await recorded()).toBe(before)
      expect((await as(user)('DELETE', `executions/${id}`)).body).toMatchObject({ status: 'cancelled' })
    })

    test('what all users keep together is bounded', async () => {
      const { as, newUser, services } = service()
      const { policy, db } = services.context
      // Somebody else keeps nearly all of it.
      const taken = policy.totalStorageBytes * (127 / 128)
      await db.execute(
        sql`insert into quota_usage (holder, stored_bytes) values ('user usr_other', ${taken})`,
      )
      let answer = await as(await newUser('late'))('POST', 'executions', {
        code: `x = "${'x'.repeat(900_000)}"`,
      })
      for (let n = 0; n < 20 && answer.status === 200; n += 1)
        answer = await as(await newUser(`late${n}`))('POST', 'executions', {
          code: `x = "${'x'.repeat(900_000)}"`,
        })
      expect(answer.body).toMatchObject({ status: 429, quota: 'storage-bytes', quotaOf: 'service' })
    })
  },
  { policy: { totalStorageBytes: 16 * MIB } },
)

const any = { 'if-match': '*' }
