import { z } from '@hono/zod-openapi'

const need = z.object({
  name: z.string(),
  line: z.int().openapi({ description: 'The first that names it' }),
  granted: z.boolean(),
})
const needs = z.array(need)

export const codeNeedsSchema = z
  .object({
    problem: z
      .object({ message: z.string(), line: z.int().nullable() })
      .nullable()
      .openapi({ description: 'Why it cannot be run at all' }),
    imports: z.array(
      z.object({ module: z.string(), line: z.int(), where: z.enum(['python', 'image', 'missing']) }),
    ),
    ...{ packages: needs, hosts: needs, reads: needs, writes: needs, programs: needs, variables: needs },
    libraries: needs,
    hidden: z
      .array(z.object({ name: z.string(), line: z.int() }))
      .openapi({ description: 'Calls, such as "exec", behind which more may be hidden' }),
    input: z.boolean().openapi({ description: 'Does it read standard input?' }),
    missing: z
      .record(z.string(), z.array(z.string()))
      .openapi({ description: 'What would have to be granted, by the option of the library' }),
  })
  .openapi('CodeNeeds', {
    description: 'What code seems to need, as far as that can be read without running it',
    example: {
      problem: null,
      imports: [{ module: 'urllib.request', line: 1, where: 'python' }],
      packages: [],
      hosts: [{ name: 'api.example.com:443', line: 2, granted: false }],
      ...{ reads: [], writes: [], programs: [], variables: [], libraries: [], hidden: [], input: false },
      missing: { allowNet: ['api.example.com:443'] },
    },
  })
