import { expect, test } from 'vitest'
import { endedPrograms, findBatch } from '../../src/db/queries/batches.ts'
import { ENDLESS } from './fixtures/programs.ts'
import { describeService, type TestService } from './fixtures/service.ts'
import { eventsOf } from './fixtures/sse.ts'

describeService(
  'batches',
  (service) => {
    test('POST runs each program in a fresh interpreter, and what became of each is there in their order', async () => {
      const { as, newUser, send } = service()
      const user = await newUser('ada')
      const ada = as(user)
      const programs = [
        'x = 1\nprint("one")',
        {
          code: 'import sys\nprint(input(), sys.argv[1:], "x" in globals(), "\\0")',
          stdin: 'two',
          args: ['a'],
        },
        '1/0',
        { code: 'while True: pass', timeoutSeconds: 0.5 },
        'open("made.txt", "w").write("four")\n6 * 7',
      ]
      const { status, body, headers } = await ada('POST', 'batches', { programs, timeoutSeconds: 10 })
      expect(status).toBe(200)
      expect(body).toMatchObject({ status: 'finished', problem: null, programs: 5, done: 5, succeeded: 3 })
      expect(headers.get('location')).toBe(`/api/v1/batches/${body.id}`)
      expect((await ada('GET', `batches/${body.id}`)).body).toEqual(body)
      expect((await ada('GET', 'batches')).body.items).toEqual([body])

      const first = await ada('GET', `batches/${body.id}/results?limit=2`)
      expect(first.body).toMatchObject({
        items: [
          { index: 0, status: 'success', result: { stdout: 'one\n', permissions: { interpreter: 'new' } } },
          { index: 1, result: { stdout: "two ['a'] False \0\n", permissions: { interpreter: 'set-back' } } },
        ],
        nextCursor: '2',
      })
      const rest = await ada('GET', `batches/${body.id}/results?cursor=2`)
      expect(rest.body).toMatchObject({
        items: [
          { index: 2, status: 'error', result: { error: { name: 'ZeroDivisionError' } } },
          { index: 3, status: 'error', result: { error: { kind: 'timeout' } } },
          { index: 4, status: 'success', result: { result: 42, files: [{ path: 'made.txt', kept: false }] } },
        ],
        nextCursor: null,
      })
      const lines = await send('GET', `batches/${body.id}/results`, {
        headers: { authorization: `Bearer ${user.apiKey}`, accept: 'application/jsonl' },
      })
      const told = (await lines.text()).trimEnd().split('\n')
      expect(told.map((line) => JSON.parse(line))).toEqual([...first.body.items, ...rest.body.items])
      const { body: audit } = await ada('GET', 'audit?action=batch.create')
      expect(audit.items).toMatchObject([
        { resourceId: body.id, outcome: 'success', detail: { programs: 5, concurrency: 1 } },
      ])

      const bob = as(await newUser('bob'))
      for (const path of ['', '/results', '/events'])
        expect((await bob('GET', `batches/${body.id}${path}`)).status).toBe(404)
      expect((await bob('DELETE', `batches/${body.id}`)).status).toBe(404)
    })

    test('with Accept: text/event-stream results come in their order, two at a time, and can be read again from any of them', async () => {
      const { send, admin } = service()
      const headers = { authorization: `Bearer ${admin.apiKey}`, accept: 'text/event-stream' }
      const slow = 'import time\ntime.sleep(0.6)\nprint(0)'
      const programs = [slow, ...Array.from({ length: 24 }, (_, index) => `print(${index + 1})`)]
      const answer = await send('POST', 'batches', { body: { programs, concurrency: 2 }, headers })
      const events = eventsOf(await answer.text())
      expect(events.map(({ id }) => Number(id))).toEqual(Array.from({ length: 26 }, (_, index) => index + 1))
      expect(events.slice(0, -1).map(({ data }) => data)).toMatchObject(
        programs.map((_, index) => ({ index, status: 'success', result: { stdout: `${index}\n` } })),
      )
      expect(events.at(-1)).toMatchObject({ type: 'finished', data: { status: 'finished', succeeded: 25 } })
      const again = await send('GET', `${answer.headers.get('location')}/events`, {
        headers: { ...headers, 'last-event-id': '20' },
      })
      expect(eventsOf(await again.text())).toEqual(events.slice(20))
    })

    test('Prefer: respond-async answers at once; DELETE cancels, keeps what has run, then deletes', async () => {
      const { as, newUser } = service()
      const ada = as(await newUser('eve'))
      const before = await used(ada)
      const headers = { prefer: 'respond-async', 'idempotency-key': 'one' }
      const wanted = { programs: ['print(1)', ENDLESS, 'print(3)'] }
      const begun = await ada('POST', 'batches', wanted, headers)
      expect(begun).toMatchObject({ status: 202, body: { status: 'running', programs: 3 } })
      expect((await ada('POST', 'batches', wanted, headers)).body.id).toBe(begun.body.id)
      expect((await ada('POST', 'batches', { programs: ['2'] }, headers)).status).toBe(409)
      const path = `batches/${begun.body.id}`
      await expect.poll(async () => (await ada('GET', path)).body.done).toBe(1)
      const ended = await ada('POST', `${path}/cancel`)
      expect(ended.body).toMatchObject({ status: 'cancelled', done: 1, succeeded: 1 })
      expect((await ada('GET', `${path}/results`)).body.items).toMatchObject([
        { index: 0, result: { stdout: '1\n' } },
      ])
      expect((await used(ada)).storageBytes).toBeGreaterThan(before.storageBytes)
      expect((await ada('POST', `${path}/cancel`)).body).toEqual(ended.body)
      expect((await ada('DELETE', path)).body).toEqual(ended.body)
      expect((await ada('POST', `${path}/cancel`)).status).toBe(404)
      expect((await ada('GET', path)).status).toBe(404)
      expect(await used(ada)).toMatchObject({ concurrent: 0, storageBytes: before.storageBytes })
    })

    test.for([
      [{ programs: [] }, 'programs'],
      [{ programs: Array(10_001).fill('1') }, 'programs'],
      [{ programs: ['1', 2] }, 'programs.1'],
      [{ programs: ['1', null] }, 'programs.1'],
      [{ programs: [{ code: 1 }] }, 'programs.0.code'],
      [{ programs: ['a\0b'] }, 'programs.0'],
      [{ programs: [{ code: '1', allowNet: ['x'] }] }, 'programs.0'],
      [{ programs: ['1', { code: '1', timeoutSeconds: 21 }] }, 'programs.1.timeoutSeconds'],
      [{ programs: ['1'], timeoutSeconds: 21 }, 'timeoutSeconds'],
      [{ programs: ['1'], concurrency: 0 }, 'concurrency'],
    ] as const)('%# what is wrong is told by its place', async ([wanted, path]) => {
      const { as, admin } = service()
      const { status, body } = await as(admin)('POST', 'batches', wanted)
      expect(status).toBe(422)
      expect(body.problems[0]?.path).toBe(path)
    })

    test('a batch ends where a quota does, and what has run is there', async () => {
      const { as, newUser, admin } = service()
      const user = await newUser('kim')
      const quotas = { cpuSecondsPerDay: 1, concurrent: 2 }
      expect((await as(admin)('PATCH', `users/${user.id}`, { quotas })).status).toBe(200)
      const kim = as(user)
      const many = await kim('POST', 'batches', { programs: ['1'], concurrency: 3 })
      expect(many).toMatchObject({ status: 429, body: { quota: 'concurrent-executions' } })
      expect(await used(kim)).toMatchObject({ concurrent: 0 })
      const burn = 'import time\nend = time.process_time() + 0.4\nwhile time.process_time() < end: pass'
      const { body } = await kim('POST', 'batches', { programs: Array(40).fill(burn) })
      expect(body).toMatchObject({
        status: 'failed',
        problem: expect.stringContaining('cpu-seconds-per-day'),
      })
      expect(body.done).toBeGreaterThan(1)
      expect(body.done).toBeLessThan(40)
      expect((await kim('GET', `batches/${body.id}/results?limit=100`)).body.items).toHaveLength(body.done)
      expect((await kim('POST', 'batches', { programs: ['1'] })).status).toBe(429)
    })

    test('a user who is deleted takes batches along', async () => {
      const { as, newUser, admin, services } = service()
      const user = await newUser('leaving')
      const { id } = (await as(user)('POST', 'batches', { programs: ['print(1)'] })).body
      expect((await as(admin)('DELETE', `users/${user.id}`)).status).toBe(204)
      const { db } = services.context
      expect(await findBatch(db, id)).toBeNull()
      expect(await endedPrograms(db, id, { from: 0, limit: 1 })).toEqual([])
    })
  },
  { sandbox: { pool: { min: 1, max: 2 } } },
)

async function used(ask: ReturnType<TestService['as']>) {
  const { used } = (await ask('GET', 'limits')).body
  return { concurrent: Number(used.concurrent), storageBytes: Number(used.storageBytes) }
}
