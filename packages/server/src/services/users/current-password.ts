import { findPasswordHash, findUser } from '../../db/queries/users.ts'
import type { ServiceContext } from '../context.ts'
import {
  ConflictError,
  ForbiddenError,
  InvalidRequestError,
  NotFoundError,
  TooManyAttemptsError,
} from '../errors.ts'

/** Guesses of it are counted apart from those of sign-ins. */
const PLACE = 'change of the password'

/**
 * Refuses a new password for oneself without the old one: who has found a cookie or a key must not keep the user.
 * @throws InvalidRequestError, ForbiddenError, TooManyAttemptsError
 */
export async function demandCurrentPassword(
  { db, signIn, attempts }: ServiceContext,
  userId: string,
  current: string | undefined,
): Promise<void> {
  if (current === undefined)
    throw new InvalidRequestError([
      { path: 'currentPassword', problem: 'is needed for a new password of your own' },
    ])
  const user = await findUser(db, userId)
  if (user === null) throw new NotFoundError('user', userId)
  const hash = await demandPassword(db, userId)
  const wait = await attempts.begin(user.email, PLACE)
  if (wait > 0) throw new TooManyAttemptsError(wait)
  const { password: passwords } = await signIn.$context
  if (await passwords.verify({ hash, password: current })) {
    await attempts.succeeded(user.email, PLACE)
    return
  }
  await attempts.failed(user.email, PLACE)
  throw new ForbiddenError('change the password: the current one is another one')
}

/** The hash of the password of a user who signs in with one. @throws ConflictError */
export async function demandPassword(db: ServiceContext['db'], userId: string): Promise<string> {
  const hash = await findPasswordHash(db, userId)
  if (hash === null) throw new ConflictError('Cannot change the password: the user signs in without one')
  return hash
}
