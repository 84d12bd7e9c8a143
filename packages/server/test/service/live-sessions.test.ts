import { collect } from 'agentchat-sandbox'
import { expect, test } from 'vitest'
import { findSession } from '../../src/db/queries/sessions.ts'
import { executorFor } from '../../src/services/executions/start-execution.ts'
import { leaseSession } from '../../src/services/sessions/session-lease.ts'
import { authenticate } from '../../src/services/users/authenticate.ts'
import { describeService, type Somebody } from './fixtures/service.ts'

describeService(
  'live sessions through the port',
  (service) => {
    const context = () => service().services.context
    const actorOf = ({ apiKey }: Somebody) =>
      authenticate(context(), { apiKey, cookie: null, requestId: 'test' })

    async function executorOf(who: Somebody) {
      return executorFor(context(), await actorOf(who), { lease: null, permissions: { allowNet: [] } })
    }

    test('a session remembers, has a place from its first use on, and gives it back once', async () => {
      const executor = await executorOf(await service().newUser('one'))
      const session = executor.session()
      expect(session.live).toBe(false)
      await session.execute('x = 41')
      await session.files.write('a.txt', 'kept')
      expect((await session.execute('x + 1, open("a.txt").read()')).result).toEqual([42, 'kept'])
      const second = executor.session()
      // The user has one at a time.
      await expect(second.start()).rejects.toMatchObject({ code: 'quota-exceeded', quota: 'live-sessions' })
      await expect(second.files.list()).rejects.toMatchObject({ code: 'quota-exceeded' })
      await second.close()
      await session.close()
      await session.close()
      await using third = executor.session()
      expect((await collect(third.stream('"x" in globals()'))).result).toBe(false)
      await expect(session.execute('1')).rejects.toMatchObject({ code: 'session-closed' })
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
      expect((await api('POST', `sessions/${id}/executions`, { code: 'x' })).status).toBe(429)
      await session.close()
      expect((await api('POST', `sessions/${id}/executions`, { code: 'x' })).body.result.result).toBe(1)
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
