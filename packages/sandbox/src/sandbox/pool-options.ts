import { availableParallelism } from 'node:os'
import { z } from 'zod'
import { late } from '../protocol/late.ts'
import { Places } from './places.ts'

/** Which processes there are. The descriptions are a table in `docs/options.md`. */
export const poolSchema = late(() =>
  z
    .strictObject({
      min: z.int().min(0).max(256).default(1).describe('Warm workers kept ready.'),
      max: z
        .int()
        .min(1)
        .max(256)
        .optional()
        .describe('Workers at work at the same time. By default one for each core.'),
      maxQueue: z
        .int()
        .min(0)
        .max(100_000)
        .optional()
        .describe(
          'Executions that may wait for a worker; the next one fails with `queue-full`. By default 1000.',
        ),
      places: z
        .instanceof(Places)
        .optional()
        .describe(
          'In place of `max` and `maxQueue`: `new Places({ max, maxQueue })`, one budget that several sandboxes share. By default none.',
        ),
      priority: z
        .enum(['equal', 'falling', 'low'])
        .default('equal')
        .describe(
          'Where cores are scarce: `equal` shares them equally among workers, `falling` puts one further back the longer its run computes, `low` does so from its start.',
        ),
    })
    .refine(({ places, max, maxQueue }) => places === undefined || (max ?? maxQueue) === undefined, {
      error: 'says how many there are: give neither "pool.max" nor "pool.maxQueue" beside it',
      path: ['places'],
    })
    .transform(({ min, max = availableParallelism(), maxQueue = 1000, places, priority }) => ({
      min,
      max,
      maxQueue,
      places,
      priority,
    }))
    .refine(({ min, max, places }) => places !== undefined || min <= max, {
      error: 'must not be larger than "pool.max"',
      path: ['min'],
    }),
)
