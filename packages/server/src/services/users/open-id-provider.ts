import { betterAuth } from 'better-auth'
import { genericOAuth } from 'better-auth/plugins'
import { type SignInOptions, signInSettings } from './sign-in.ts'

/** The provider of OpenID Connect by which users may sign in. */
export interface OpenIdProvider {
  /** Its issuer, below which `.well-known/openid-configuration` is. */
  readonly issuer: string
  readonly clientId: string
  /** None for a public client; PKCE is used either way. */
  readonly clientSecret?: string | undefined
  /** Is somebody whom nobody has made a user yet made one, with the role `user`? */
  readonly allowSignUp: boolean
}

/** Where the provider sends browsers back to, below the public URL. */
export const CALLBACK_PATH = '/api/v1/auth/oidc/callback'
export const PROVIDER = 'oidc'

/** Signing in with the provider. */
export type OpenId = ReturnType<typeof createOpenId>

/**
 * Sets better-auth up a second time, with its plugin: looking the provider up must not keep those waiting who sign in
 * with a password.
 */
export function createOpenId(options: SignInOptions, provider: OpenIdProvider) {
  const settings = signInSettings(options)
  const { issuer, clientId, clientSecret, allowSignUp } = provider
  return betterAuth({
    ...settings,
    advanced: {
      ...settings.advanced,
      // The provider sends the browser back from another site, and the state has to come along.
      cookies: {
        state: { attributes: { sameSite: 'lax' } },
        oauth_state: { attributes: { sameSite: 'lax' } },
      },
    },
    // Nothing is done with the tokens of the provider: who is not stored cannot be stolen.
    databaseHooks: { account: { create: { before: withoutTokens }, update: { before: withoutTokens } } },
    plugins: [
      genericOAuth({
        config: [
          {
            ...{ providerId: PROVIDER, clientId, ...(clientSecret !== undefined && { clientSecret }) },
            ...(clientSecret === undefined && { tokenEndpointAuth: { method: 'none' as const } }),
            discoveryUrl: `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`,
            redirectURI: `${options.publicUrl}${CALLBACK_PATH}`,
            scopes: ['openid', 'email', 'profile'],
            ...{ pkce: true, requireIdTokenVerification: true, disableSignUp: !allowSignUp },
            // An address that nobody has verified may be that of somebody else.
            mapProfileToUser: ({ email, email_verified: verified, name }) => ({
              ...(verified === true || verified === 'true' ? {} : { email: undefined }),
              name: typeof name === 'string' && name !== '' ? name.slice(0, 200) : String(email ?? ''),
            }),
          },
        ],
      }),
    ],
  })
}

async function withoutTokens<Account extends object>(account: Account) {
  return { data: { ...account, accessToken: null, refreshToken: null, idToken: null } }
}
