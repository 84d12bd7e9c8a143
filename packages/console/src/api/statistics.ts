import { body, service } from './client.ts'

/** What became of executions in so many hours, in sum; asked for again every ten seconds. */
export const statisticsQuery = (scope: 'mine' | 'all', hours: number) => ({
  queryKey: ['statistics', scope, hours],
  queryFn: async () => await body(service.stats.$get({ query: { scope, hours } })),
  refetchInterval: 10_000,
})
export type Statistics = Awaited<ReturnType<ReturnType<typeof statisticsQuery>['queryFn']>>
