import { body, service } from './client.ts'

/** Who has signed in. */
export type Self = NonNullable<Awaited<ReturnType<typeof readSelf>>>

const readSelf = async () => await body(service.auth.self.$get())

/** What the caller may ask for and use up. */
export const limitsQuery = {
  queryKey: ['limits'],
  queryFn: async () => await body(service.limits.$get()),
}

export type Limits = Awaited<ReturnType<(typeof limitsQuery)['queryFn']>>
