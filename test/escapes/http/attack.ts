import type { Answer, Caller, Sent } from './caller.ts'
import type { HostileServers } from './hostile-servers.ts'
import type { Credentials } from './service.ts'

/** What an attack has at hand. */
export interface World {
  /** An ordinary user with a key of all scopes that users may have. */
  readonly attacker: Caller
  /** The same service without a key. */
  readonly stranger: Caller
  /** Another ordinary user, and what that one signs in with. */
  readonly bystander: Caller
  readonly bystanderCredentials: Credentials
  /** Servers of the attacker, to which the service may connect. */
  readonly servers: HostileServers
  /** A session of the attacker. */
  session(): Promise<string>
  /** An execution of the attacker with a file `out.bin` of 64 KiB that is kept. */
  execution(): Promise<string>
  /** A tool of the attacker, made once for what it is, as it is now. */
  tool(made: object): Promise<{ readonly id: string; readonly etag: string }>
}

/** One attack over HTTP. */
export interface Attack {
  readonly id: string
  /** Statuses that it may be answered with; 0 stands for a connection that ended without an answer. */
  readonly answers: readonly number[]
  /** MiB that may be in the data folder afterwards, beyond what was there. */
  readonly diskMib?: number
  run(world: World): Promise<Answer | readonly Answer[]>
}

/** Attacks of one road, by their names. */
export type Road = Readonly<Record<string, Omit<Attack, 'id'>>>

/** The attacks of a road with their ids. */
export function attacksOf(road: string, attacks: Road): Attack[] {
  return Object.entries(attacks).map(([name, attack]) => ({ ...attack, id: `${road}-${name}` }))
}

/** What refuses a request for what it holds. */
export const REFUSED = [400, 413, 415, 422, 431] as const

/** An attack of one request. It is made when it is sent: all of them at once would take half a GiB. */
export function request(
  method: string,
  path: string,
  make: () => Sent,
  answers: readonly number[] = REFUSED,
): Omit<Attack, 'id'> {
  return { answers, run: async ({ attacker }) => await attacker.send(method, path, make()) }
}

/** The same, which may also succeed. */
export function mayPass(attack: Omit<Attack, 'id'>): Omit<Attack, 'id'> {
  return { ...attack, answers: [200, 201, ...attack.answers] }
}

/** `open` so many times, then `middle`, then `close` as often. */
export const nested = (depth: number, open = '[', close = ']', middle = '') =>
  open.repeat(depth) + middle + close.repeat(depth)

/** So many pieces, with commas between them. */
export const listed = (count: number, piece: (index: number) => string) =>
  Array.from({ length: Math.floor(count) }, (_, index) => piece(index)).join(',')

/** An object of so many entries. */
export const entries = <Value>(count: number, entry: (index: number) => readonly [string, Value]) =>
  Object.fromEntries(Array.from({ length: count }, (_, index) => entry(index)))
