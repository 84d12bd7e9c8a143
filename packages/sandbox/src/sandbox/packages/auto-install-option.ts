import { z } from 'zod'
import { late } from '../../protocol/late.ts'

/**
 * Which packages the imports of a program may bring: all, none, or those that requirements name, in their versions. They are
 * read when something is to be installed; one that cannot be read names nothing.
 */
export const autoInstallSchema = late(() =>
  z.union(
    [
      z.boolean(),
      z
        .array(
          z
            .string()
            .max(1000)
            .regex(/^[A-Za-z0-9]/, 'must be a requirement such as "numpy" or "numpy>=2"'),
        )
        .max(500),
    ],
    { error: 'must be true, false or a list of at most 500 requirements' },
  ),
)

export type AutoInstall = z.output<ReturnType<typeof autoInstallSchema>>
