import { collect, type PythonSession } from 'agentchat-sandbox'
import { expect, test } from 'vitest'
import { findSession } from '../../src/db/queries/sessions.ts'
import { executorFor } from '../../src/services/executions/start-execution.ts'
import { leaseSession } from '../../src/services/sessions/session-lease.ts'
import { authenticate } from '../../src/services/users/authenticate.ts'
import { describeServiceOnce, type Somebody } from './fixtures/service.ts'

describeServiceOnce(
  'live sessions through the port',
  (service) => {
    const context = () => service().services.context
    const actorOf = ({ apiKey }: Somebody) =>
      authenticate(context(), { apiKey, cookie: null, requestId: 'test', source: null })

    async function executorOf(who: Somebody) {
      return executorFor(context(), await actorOf(who), { lease: null, permissions: { allowNet: [] } })
    }

    test('a session remembers, and rests when another one of its user needs the place', async () => {
      const executor = await executorOf(await service().newUser('one'))
      const session = executor.session()
      expect(session.live).toBe(false)
      await session.execute('x = 41')
      await session.files.write('a.txt', 'kept')
      expect((await session.execute('x + 1, open("a.txt").read()')).result).toEqual([42, 'kept'])
      // The user has one at a time.
      const second = executor.session()
      expect((await second.execute('"x" in globals()')).result).toBe(false)
      expect(session.live).toBe(false)
      // What has had a place comes back to it by itself, however often.
      expect((await session.execute('x + 1, open("a.txt").read()')).result).toEqual([42, 'kept'])
      expect((await second.execute('2')).result).toBe(2)
      await second.close()
      await session.close()
      await session.close()
      await using third = executor.session()
      expect((await collect(third.stream('"x" in globals()'))).result).toBe(false)
      await expect(session.execute('1')).rejects.toMatchObject({ code: 'session-closed' })
    })

    test('one that is at work, or cannot rest, keeps its place; who comes back waits until it is told to stop', async () => {
      const executor = await executorOf(await service().newUser('busy'))
      const session = executor.session()
      await session.execute('x = 1')
      const second = executor.session()
      await second.execute('y = 2')
      const stop = new AbortController()
      let printed = ''
      async function* notingOutput(...[session, code, signal]: [PythonSession, string, AbortSignal]) {
        for await (const event of session.stream(code, { signal })) {
          if (event.type === 'stdout') printed += event.text
          yield event
        }
      }
      const endless = collect(notingOutput(second, 'print("on")\nwhile True: pass', stop.signal))
      await expect.poll(() => printed).toContain('on')
      const third = executor.session()
      const refused = { code: 'quota-exceeded', quota: 'live-sessions' }
      await expect(third.start()).rejects.toMatchObject(refused)
      const given = AbortSignal.timeout(200)
      expect((await session.execute('x', { signal: given })).error).toMatchObject({ kind: 'cancelled' })
      const waiting = session.execute('x')
      stop.abort()
      await endless
      expect((await waiting).result).toBe(1)
      await second.execute('import os\nends = os.pipe()')
      await expect(third.start()).rejects.toMatchObject(refused)
      expect((await second.execute('y')).result).toBe(2)
      for (const each of [session, second, third]) await each.close()
    })

    test('it counts beside kept sessions, and puts an idle one to rest', async () => {
      const user = await service().newUser('both')
      const api = service().as(user)
      const { id } = (await api('POST', 'sessions', {})).body
      await api('POST', `sessions/${id}/executions`, { code: 'x = 1' })
      const { open } = context().sessions
      expect(open.isOpen(id)).toBe(true)
      const session = (await executorOf(user)).session()
      // The execution is answered a moment before its session is let go.
      const once = () =>
        session.execute('2').then(
          ({ result }) => result,
          ({ quota }) => quota,
        )
      await expect.poll(once).toBe(2)
      await expect.poll(() => open.isOpen(id)).toBe(false)
      const kept = await api('POST', `sessions/${id}/executions`, { code: 'x' })
      expect([kept.body.result.result, session.live]).toEqual([1, false])
      await expect.poll(once).toBe(2)
      await session.close()
    })

    test('a kept session is held by its lease, noted, and not closed with it', async () => {
      const user = await service().newUser('kept')
      const { id } = (await service().as(user)('POST', 'sessions', {})).body
      const row = await findSession(context().db, id)
      if (row === null) throw new Error('it was just made')
      const lease = await leaseSession(context(), row)
      const executor = executorFor(context(), await actorOf(user), { lease, permissions: { allowNet: [] } })
      const session = executor.session()
      expect(session.id).toBe(id)
      await session.execute('x = 1')
      expect((await session.execute('x + 1')).result).toBe(2)
      expect((await findSession(context().db, id))?.sequence).toBeGreaterThan(0)
      expect(() => executor.session({ idleSeconds: 1 })).toThrow(TypeError)
      await session.close()
      expect(context().sessions.open.isOpen(id)).toBe(true)
      const fair = await executorOf(user)
      expect(() => fair.session({ id: 'mine' })).toThrow('it is to be leased')
    })
  },
  { policy: { quotas: { liveSessions: 1 } } },
)
