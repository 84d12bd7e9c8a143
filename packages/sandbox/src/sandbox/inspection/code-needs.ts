import { z } from 'zod'
import { late } from '../../protocol/late.ts'

const MOST = 200
const name = z.string().max(300)
const line = z.int().min(0)
const named = z.array(z.strictObject({ name, line })).max(MOST)

/** What the sandbox says that a program needs; the program was written to be read, and all of it may be made up. */
export const foundNeedsSchema = late(() =>
  z.strictObject({
    problem: z.strictObject({ message: name, line: line.nullable() }).nullable(),
    imports: z
      .array(z.strictObject({ module: name, line, where: z.enum(['python', 'image', 'missing']) }))
      .max(MOST),
    hosts: z.array(z.strictObject({ host: name, port: z.int(), line })).max(MOST),
    paths: z.array(z.strictObject({ path: name, write: z.boolean(), line })).max(MOST),
    programs: named,
    variables: named,
    libraries: named,
    hidden: named,
    input: z.boolean(),
  }),
)

export type FoundNeeds = z.output<ReturnType<typeof foundNeedsSchema>>

/** One thing that code names, the line that does so first, and whether it is granted. */
export interface Need {
  /** A host with its port, an absolute path, a program, a variable or a library. */
  readonly name: string
  readonly line: number
  readonly granted: boolean
}

/**
 * What a program seems to need, as far as that can be read without running it: what it puts together while it runs is not
 * here, and what is here may never be used.
 */
export interface CodeNeeds {
  /** Why it cannot be run at all; null where it can. */
  readonly problem: { readonly message: string; readonly line: number | null } | null
  /** Modules: parts of Python, those of a package that is there, and those that are missing. */
  readonly imports: readonly {
    readonly module: string
    readonly line: number
    readonly where: 'python' | 'image' | 'missing'
  }[]
  /** Packages that would bring what is missing; `granted`: `autoInstall` would have them fetched. */
  readonly packages: readonly Need[]
  readonly hosts: readonly Need[]
  /** Absolute ones: what is relative is in the working folder, where it may do as it likes. */
  readonly reads: readonly Need[]
  readonly writes: readonly Need[]
  readonly programs: readonly Need[]
  readonly variables: readonly Need[]
  readonly libraries: readonly Need[]
  /** Calls, such as `exec`, behind which more may be hidden. */
  readonly hidden: readonly { readonly name: string; readonly line: number }[]
  /** Does it read standard input? */
  readonly input: boolean
  /** What would have to be granted, by the name of the option. */
  readonly missing: Readonly<Record<string, readonly string[]>>
}
