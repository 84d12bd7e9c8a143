import type { Requirement } from './requirement.ts'
import type { WheelName } from './wheel-name.ts'

/** A wheel that could be had. */
export interface Candidate {
  readonly wheel: WheelName
  /** Where it is from, for messages: `the wheel folder "/wheels"`. */
  readonly origin: string
  /** What it needs; asked only of a wheel that was chosen. */
  readonly requirements: () => Promise<readonly Requirement[]>
  /** The file, with its hash checked; it lies where nobody else writes to it. */
  readonly obtain: () => Promise<ObtainedWheel>
}

/** A wheel on disk. */
export interface ObtainedWheel {
  readonly path: string
  readonly sha256: string
}

/** What a place has of one package. */
export interface Offer {
  readonly candidates: readonly Candidate[]
  /** Why there is nothing, or why some of it is of no use: for the message when nobody has a wheel. */
  readonly reason: SourceReason | null
}

/** Why a source is of no help. */
export interface SourceReason {
  readonly kind: 'no-such-package' | 'no-build' | 'offline' | 'no-network' | 'index-failed'
  readonly detail: string
}

/** A place that has wheels. */
export interface PackageSource {
  readonly find: (name: string) => Promise<Offer>
}
