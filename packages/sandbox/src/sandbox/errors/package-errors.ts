import { SandboxError } from './sandbox-error.ts'

/** There is no image of this name. `known` are the names that there are. */
export class ImageUnknownError extends SandboxError {
  readonly code = 'image-unknown'
  readonly image: string
  readonly known: readonly string[]
  constructor(image: string, known: readonly string[], options?: ErrorOptions) {
    super(
      `Cannot use the image "${image}": there is none of this name, only ${known
        .map((name) => `"${name}"`)
        .join(', ')}; "agentchat-sandbox image build" makes one`,
      options,
    )
    this.image = image
    this.known = known
  }
}

/** Why a package cannot be had. */
export type PackageProblemKind =
  | 'bad-requirement'
  | 'no-such-package'
  | 'no-such-version'
  | 'no-build'
  | 'hash-differs'
  | 'no-network'
  | 'offline'
  | 'index-failed'
  | 'too-large'
  | 'bad-wheel'
  | 'conflict'
  | 'not-importable'
  | 'not-named'

/** One package that cannot be had. */
export interface PackageProblem {
  /** What was asked for: `numpy>=2`, or the name of a wheel. */
  readonly requirement: string
  readonly kind: PackageProblemKind
  /** What was tried, and what would work instead where something would. */
  readonly detail: string
}

/** Python packages that cannot be had, each with the reason. */
export class PackageError extends SandboxError {
  readonly code = 'package-unavailable'
  readonly problems: readonly PackageProblem[]
  constructor(problems: readonly PackageProblem[], options?: ErrorOptions) {
    const texts = problems.map(({ requirement, detail }) => `"${requirement}": ${detail}`)
    super(`Cannot install the packages: ${texts.join('; ')}`, options)
    this.problems = problems
  }
}
