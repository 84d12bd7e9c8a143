import { type BetterAuthOptions, betterAuth } from 'better-auth'
import { drizzleAdapter } from 'better-auth/adapters/drizzle'
import { type Database, newId } from '../../db/index.ts'
import { accounts, signIns, users, verifications } from '../../db/schema.ts'

export const MIN_PASSWORD_CHARS = 12
export const MAX_PASSWORD_CHARS = 128
const WEEK_SECONDS = 7 * 86_400
const DAY_SECONDS = 86_400

/** Passwords and cookies, which better-auth keeps for us. */
export type SignIn = ReturnType<typeof createSignIn>

/** What it needs. `secret` signs cookies; `publicUrl` is where browsers find the service. */
export interface SignInOptions {
  readonly db: Database
  readonly secret: string
  readonly publicUrl: string
}

/** Sets better-auth up. Only functions of it are called, its own routes are not served. */
export function createSignIn(options: SignInOptions) {
  return betterAuth(signInSettings(options))
}

/** What every use of better-auth here has in common: a cookie that one of them made, all of them know. */
export function signInSettings({ db, secret, publicUrl }: SignInOptions) {
  return {
    secret,
    baseURL: publicUrl,
    database: drizzleAdapter(db, {
      provider: 'pg',
      schema: { user: users, session: signIns, account: accounts, verification: verifications },
    }),
    emailAndPassword: {
      enabled: true,
      disableSignUp: true,
      minPasswordLength: MIN_PASSWORD_CHARS,
      maxPasswordLength: MAX_PASSWORD_CHARS,
    },
    user: {
      additionalFields: {
        role: { type: 'string' as const, input: false, required: false },
        disabled: { type: 'boolean' as const, input: false, required: false },
      },
    },
    session: { expiresIn: WEEK_SECONDS, updateAge: DAY_SECONDS },
    advanced: {
      cookiePrefix: 'agentchat',
      useSecureCookies: publicUrl.startsWith('https:'),
      defaultCookieAttributes: { httpOnly: true, sameSite: 'strict' as const, path: '/' },
      database: { generateId: ({ model }: { readonly model: string }) => newId(PREFIXES[model] ?? 'ver') },
    },
    // Attempts are counted by AttemptLimit: this one would only see calls of better-auth's own routes.
    rateLimit: { enabled: false },
    telemetry: { enabled: false },
    logger: { disabled: true },
  } satisfies BetterAuthOptions
}

const PREFIXES: Readonly<Record<string, 'usr' | 'sid' | 'acc' | 'ver'>> = {
  user: 'usr',
  session: 'sid',
  account: 'acc',
  verification: 'ver',
}
