import type { ExecutionSummary } from '../api/executions.ts'

const MINUTE_MS = 60_000

/** How many began in each of the last minutes, the oldest first. */
export function perMinute(
  items: readonly Pick<ExecutionSummary, 'createdAt'>[],
  now: number,
  minutes: number,
): number[] {
  const rates = Array.from({ length: minutes }, () => 0)
  for (const { createdAt } of items) {
    const ago = Math.max(0, Math.floor((now - Date.parse(createdAt)) / MINUTE_MS))
    const at = minutes - 1 - ago
    if (at >= 0) rates[at] = (rates[at] ?? 0) + 1
  }
  return rates
}

/** How long so many of those took at most that are over, in milliseconds; 0 where none is. */
export function percentile(
  items: readonly Pick<ExecutionSummary, 'createdAt' | 'finishedAt'>[],
  part: number,
): number {
  const times = items
    .flatMap(({ createdAt, finishedAt }) =>
      finishedAt === null ? [] : [Date.parse(finishedAt) - Date.parse(createdAt)],
    )
    .sort((one, other) => one - other)
  return times[Math.min(times.length - 1, Math.floor(part * times.length))] ?? 0
}

/** How many came out how, the most first. */
export function outcomes(
  items: readonly Pick<ExecutionSummary, 'status'>[],
): [ExecutionSummary['status'], number][] {
  const amounts = new Map<ExecutionSummary['status'], number>()
  for (const { status } of items) amounts.set(status, (amounts.get(status) ?? 0) + 1)
  return [...amounts].sort(([, one], [, other]) => other - one)
}

const SHOWN = 8

/** Who took most CPU time: an identifier, milliseconds, and how many runs it were. */
export function heaviest(
  items: readonly Pick<ExecutionSummary, 'userId' | 'toolId' | 'cpuMs'>[],
  by: 'userId' | 'toolId',
): [string, number, number][] {
  const sums = new Map<string, { cpuMs: number; runs: number }>()
  for (const item of items) {
    const id = item[by]
    if (id === null) continue
    const sum = sums.get(id) ?? { cpuMs: 0, runs: 0 }
    sums.set(id, { cpuMs: sum.cpuMs + item.cpuMs, runs: sum.runs + 1 })
  }
  return [...sums]
    .map(([id, { cpuMs, runs }]): [string, number, number] => [id, cpuMs, runs])
    .sort(([, one], [, other]) => other - one)
    .slice(0, SHOWN)
}
