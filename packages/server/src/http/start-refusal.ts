import { codeOf } from 'agentchat-sandbox-base/disk/error-code'

/** The service cannot start as it is set up; the message names the setting and what to do. */
export class StartRefusedError extends Error {
  override readonly name = 'StartRefusedError'
  readonly code = 'start-refused'
}

/** Which setting names a folder. */
export interface FolderSetting {
  readonly path: string
  readonly variable: string
  readonly flag?: string
}

/** Explains why a folder of the service cannot be used. */
export function folderRefusal({ path, variable, flag }: FolderSetting, cause: unknown): StartRefusedError {
  const setting = flag === undefined ? variable : `${variable} or ${flag}`
  const remedy = `, or name another folder with ${setting}`
  const reason = FOLDER_REASONS[codeOf(cause)]
  return new StartRefusedError(
    reason === undefined
      ? `Cannot use the folder "${path}" (${setting}): ${textOf(cause)}${remedy}`
      : `Cannot use the folder "${path}" (${setting}): ${reason}${remedy}`,
    { cause },
  )
}

const FOLDER_REASONS: Readonly<Record<string, string>> = {
  ENOTDIR: 'it, or a part of its path, is a file; move the file away',
  EEXIST: 'it is a file; move the file away',
  EACCES: 'this user may not write there; give it to this user',
  EPERM: 'this user may not write there; give it to this user',
  EROFS: 'its file system is read-only; mount it for writing',
  ENOENT: 'it is not there and cannot be made',
  ENOSPC: 'its disk is full; make room',
  EDQUOT: 'the disk quota is used up; make room',
  ELOOP: 'its path is a circle of links; mend them',
  ENAMETOOLONG: 'its path is too long; use a shorter one',
}

/** Explains why the database of `DATABASE_URL` cannot be used; null for an error of something else. */
export function databaseRefusal(url: string, cause: unknown): StartRefusedError | null {
  for (let each = cause; each instanceof Error; each = each.cause) {
    const reason =
      DATABASE_REASONS[codeOf(each)] ??
      (/timeout|terminated/i.test(each.message) ? 'it does not answer as PostgreSQL does' : undefined) ??
      (/password|SASL|SCRAM/i.test(each.message) ? 'the password is missing or not accepted' : undefined)
    if (reason === undefined) continue
    return new StartRefusedError(
      `Cannot use the database at ${placeOf(url)}: ${reason}; correct DATABASE_URL, or mend it there`,
      { cause },
    )
  }
  return null
}

const DATABASE_REASONS: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there',
  ECONNRESET: 'it broke the connection off',
  ENOTFOUND: 'there is no such host',
  EAI_AGAIN: 'the name of its host cannot be looked up',
  EHOSTUNREACH: 'its host cannot be reached',
  ENETUNREACH: 'its host cannot be reached',
  ETIMEDOUT: 'it does not answer',
  ENOENT: 'there is no such socket',
  '3D000': 'there is no such database',
  '28000': 'there is no such role, or it may not sign in',
  '28P01': 'the password is not accepted',
  '42501': 'the role may not make tables there',
  '53300': 'it has no connection left',
  '57P03': 'it is starting or ending',
}

/** Explains why the service cannot listen. */
export function listenRefusal(host: string, port: number, cause: unknown): StartRefusedError {
  const reason = LISTEN_REASONS[codeOf(cause)] ?? textOf(cause)
  return new StartRefusedError(
    `Cannot listen on ${host}, port ${port}: ${reason} (--host or AGENTCHAT_HOST, --port or AGENTCHAT_PORT)`,
    { cause },
  )
}

const LISTEN_REASONS: Readonly<Record<string, string>> = {
  EADDRNOTAVAIL: 'this machine does not have that address; use one of its own, or 0.0.0.0 for all of them',
  ENOTFOUND: 'there is no such host; use an address of this machine',
  EAI_AGAIN: 'the name of the host cannot be looked up; use an address of this machine',
  EACCES: 'this user may not use that port; use one above 1023',
  EAFNOSUPPORT: 'this machine does not have that kind of address',
  EINVAL: 'that is no address to listen on',
}

/** Explains what the embedded database says, which is not always an error of JavaScript. */
export function embeddedRefusal(folder: FolderSetting, cause: unknown): StartRefusedError {
  const number = typeof cause === 'object' && cause !== null && 'errno' in cause ? cause.errno : null
  // ENOSPC of WASI: the disk filled up while the database was made.
  const known = number === 51 ? Object.assign(new Error('no room'), { code: 'ENOSPC' }) : cause
  return folderRefusal(folder, known)
}

function placeOf(url: string): string {
  const { hostname, port, pathname } = new URL(url)
  return `${hostname}:${port || 5432}${pathname}`
}

function textOf(error: unknown): string {
  return error instanceof Error ? error.message : 'it fails without saying why; see whether there is room'
}
