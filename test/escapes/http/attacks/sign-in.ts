import { attacksOf, REFUSED, type World } from '../attack.ts'
import type { Answer } from '../caller.ts'

const REFUSED_AT_THE_DOOR = [401, 403, 429, ...REFUSED]

function attempts(count: number, credentials: (index: number) => unknown, headers = {}) {
  return {
    answers: REFUSED_AT_THE_DOOR,
    run: async ({ stranger }: World): Promise<Answer[]> =>
      await Promise.all(
        Array.from({ length: count }, (_, index) =>
          stranger.send('POST', 'auth/sign-in', { json: credentials(index), headers }),
        ),
      ),
  }
}

/** Those who are not signed in, and try to be. */
export const signIn = attacksOf('sign-in', {
  'unknown-names': attempts(60, (n) => ({ email: `nobody${n}@example.com`, password: 'wrong password' })),
  'one-name': attempts(60, () => ({ email: 'attacker-sign@example.com', password: 'wrong password' })),
  'long-password': attempts(5, () => ({ email: 'a@example.com', password: 'p'.repeat(3e6) })),
  'long-name': attempts(5, () => ({ email: `${'a'.repeat(3e6)}@example.com`, password: 'p' })),
  'name-of-dots': attempts(5, () => ({ email: `${'a.'.repeat(120)}@${'b.'.repeat(60)}c`, password: 'p' })),
  'name-of-signs': attempts(5, () => ({ email: `${'a+'.repeat(120)}@@`, password: 'p' })),
  'no-text': attempts(5, () => ({ email: ['a'], password: { $ne: '' } })),
  'forged-places': attempts(60, (n) => ({ email: 'nobody@example.com', password: `wrong password ${n}` }), {
    'x-forwarded-for': '10.1.2.3, 10.4.5.6',
    forwarded: 'for=1.2.3.4',
  }),
  'then-others-may': {
    answers: [200],
    run: async ({ stranger, bystanderCredentials }) =>
      await stranger.send('POST', 'auth/sign-in', { json: bystanderCredentials }),
  },
  'random-keys': {
    answers: [401, 429],
    run: async ({ stranger }) =>
      await Promise.all(
        Array.from({ length: 300 }, (_, n) =>
          stranger.send('GET', 'tools', { headers: { authorization: `Bearer acs_${n}${'x'.repeat(40)}` } }),
        ),
      ),
  },
  'random-cookies': {
    answers: [401, 429],
    run: async ({ stranger }) =>
      await Promise.all(
        Array.from({ length: 100 }, (_, n) =>
          stranger.send('GET', 'tools', {
            headers: { cookie: `better-auth.session_token=${n}.${'x'.repeat(500)}` },
          }),
        ),
      ),
  },
  'open-id': {
    answers: [302, 400, 404, 429],
    run: async ({ stranger }) =>
      await Promise.all(Array.from({ length: 100 }, () => stranger.send('GET', 'auth/oidc'))),
  },
  'open-id-callback': {
    answers: [400, 403, 404, 422, 429],
    run: async ({ stranger }) =>
      await stranger.send('GET', `auth/oidc/callback?state=${'s'.repeat(400)}&code=${'c'.repeat(3900)}`),
  },
})
