import { ServiceError } from './service-error.ts'

/** Nobody is signed in, or the key is unknown, expired or withdrawn. */
export class UnauthenticatedError extends ServiceError {
  readonly code = 'unauthenticated'
  constructor(reason = 'sign in, or send an API key') {
    super(`Cannot tell who is asking: ${reason}`)
  }
}

/** Wrong e-mail, wrong password or a disabled user: which of them is not told. */
export class InvalidCredentialsError extends ServiceError {
  readonly code = 'invalid-credentials'
  constructor() {
    super('Cannot sign in: the e-mail address or the password is wrong')
  }
}

/** A sign-in with another service did not come to its end. */
export class OpenIdRefusedError extends ServiceError {
  readonly code = 'sign-in-refused'
  readonly reason: string
  /** @param reason as OAuth or better-auth names it; what else a provider says is not passed on */
  constructor(reason: string) {
    const shown = /^[\w-]{1,60}$/.test(reason) ? reason : 'unknown'
    super(`Cannot sign in: ${OPEN_ID_REASONS[shown] ?? 'the sign-in provider refused it'} (${shown})`)
    this.reason = shown
  }
}

const OPEN_ID_REASONS: Readonly<Record<string, string>> = {
  signup_disabled: 'no administrator has made you a user yet',
  account_not_linked: 'a user of this e-mail address signs in otherwise',
  email_not_found: 'the sign-in provider did not tell a verified e-mail address',
  user_disabled: 'the user is disabled',
  access_denied: 'the sign-in provider says that it was denied',
  state_mismatch: 'the sign-in began in another browser, or too long ago',
  please_restart_the_process: 'the sign-in began in another browser, or too long ago',
}

/** Too many sign-ins from there, that failed or were begun. */
export class TooManyAttemptsError extends ServiceError {
  readonly code = 'too-many-attempts'
  readonly retryAfterSeconds: number
  constructor(retryAfterSeconds: number, what: 'failed attempts' | 'attempts' = 'failed attempts') {
    super(`Cannot sign in: too many ${what}; try again in ${retryAfterSeconds} s`)
    this.retryAfterSeconds = retryAfterSeconds
  }
}
