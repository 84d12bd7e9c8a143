import type { CacheTopic } from './read-cache.ts'

/** What the audit has to know of a kind of deed. */
interface DeedFacts {
  /**
   * Is it refused on a full disk? What makes room, what stops something or takes a right away is not, nor signing in, which
   * comes before it.
   */
  readonly needsRoom: boolean
  /** What it may have written of what is read from memory, also when it failed. */
  readonly writes: CacheTopic | null
}

/** Every deed that is audited, by its name in the entries: `<resource>.<verb>`. */
export const DEEDS = {
  'user.sign-in': { needsRoom: false, writes: null },
  'user.sign-out': { needsRoom: false, writes: null },
  'user.create': { needsRoom: true, writes: 'identity' },
  'user.update': { needsRoom: false, writes: 'identity' },
  'user.delete': { needsRoom: false, writes: 'identity' },
  'api-key.create': { needsRoom: true, writes: 'identity' },
  'api-key.delete': { needsRoom: false, writes: 'identity' },
  'tool.create': { needsRoom: true, writes: 'tools' },
  'tool.update': { needsRoom: true, writes: 'tools' },
  'tool.roll-back': { needsRoom: true, writes: 'tools' },
  'tool.delete': { needsRoom: false, writes: 'tools' },
  'tool.set-secret': { needsRoom: true, writes: null },
  'tool.delete-secret': { needsRoom: false, writes: null },
  'tool.check': { needsRoom: true, writes: null },
  'tool.preview': { needsRoom: true, writes: null },
  'tool.execute': { needsRoom: true, writes: null },
  'execution.create': { needsRoom: true, writes: null },
  'execution.inspect': { needsRoom: true, writes: null },
  'execution.cancel': { needsRoom: false, writes: null },
  'execution.delete': { needsRoom: false, writes: null },
  'execution.delete-files': { needsRoom: false, writes: null },
  'session.create': { needsRoom: true, writes: null },
  'session.fork': { needsRoom: true, writes: null },
  'session.rewind': { needsRoom: true, writes: null },
  'session.write-file': { needsRoom: true, writes: null },
  'session.delete-file': { needsRoom: false, writes: null },
  'session.set-secret': { needsRoom: true, writes: null },
  'session.delete-secret': { needsRoom: false, writes: null },
  'session.delete': { needsRoom: false, writes: null },
  'model.create': { needsRoom: true, writes: null },
  'model.update': { needsRoom: true, writes: null },
  'model.delete': { needsRoom: false, writes: null },
  'agent-run.create': { needsRoom: true, writes: null },
  'agent-run.approve': { needsRoom: true, writes: null },
  'agent-run.cancel': { needsRoom: false, writes: null },
  'agent-run.delete': { needsRoom: false, writes: null },
  'batch.create': { needsRoom: true, writes: null },
  'batch.cancel': { needsRoom: false, writes: null },
  'batch.delete': { needsRoom: false, writes: null },
  'anomaly.judge': { needsRoom: false, writes: null },
  'api-key.throttle': { needsRoom: false, writes: 'identity' },
  'tool.disable': { needsRoom: false, writes: 'tools' },
  'webhook.deliver': { needsRoom: true, writes: null },
  'request.refuse': { needsRoom: false, writes: null },
  'audit.verify': { needsRoom: false, writes: null },
  'audit.export': { needsRoom: false, writes: null },
  'audit.rotate-key': { needsRoom: false, writes: null },
  'audit.remove': { needsRoom: false, writes: null },
  'retention.remove': { needsRoom: false, writes: null },
  'service.start': { needsRoom: false, writes: null },
  'service.recover': { needsRoom: false, writes: null },
  'service.stop': { needsRoom: false, writes: null },
  'secrets.rotate': { needsRoom: false, writes: null },
  'quotas.mend': { needsRoom: false, writes: null },
} as const satisfies Record<string, DeedFacts>

/** The name of a deed. */
export type DeedAction = keyof typeof DEEDS

/** What stops something, of which there are no more than executions or sign-ins; and what is nobody's request. */
const NOT_LIMITED: readonly DeedAction[] = [
  ...(['user.sign-out', 'execution.cancel', 'agent-run.cancel', 'batch.cancel', 'webhook.deliver'] as const),
]

/** Is it one of those of which a user has so many in a time? */
export function isLimited({ action }: Deed): boolean {
  return !NOT_LIMITED.includes(action)
}

/** What is done, and with what. */
export interface Deed {
  readonly action: DeedAction
  /** Null where it is known only afterwards. */
  readonly resourceId: string | null
  /** Facts about it; never a secret, never code. */
  readonly detail?: Readonly<Record<string, unknown>>
  /**
   * Does it end a right, and nothing else? Then it is done on a full disk as well. Doing so again ends none, and would fill
   * the last of the disk: who does it looks.
   */
  readonly endsRight?: boolean
}

/** What the audit has to know of this deed. */
export function factsOf({ action, endsRight = false }: Deed): DeedFacts {
  const facts = DEEDS[action]
  return { ...facts, needsRoom: facts.needsRoom && !endsRight }
}
