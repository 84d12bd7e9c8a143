import type { Attack } from './attack.ts'

/**
 * Puts attacks together that run at the same time: of each road one after the other, so that those of a batch come by as
 * many roads as there are.
 */
export function batchesOf(attacks: readonly Attack[], size: number): Attack[][] {
  const roads = new Map<string, Attack[]>()
  for (const attack of attacks) {
    const road = roadOf(attack)
    roads.set(road, [...(roads.get(road) ?? []), attack])
  }
  const count = Math.ceil(attacks.length / size)
  const batches: Attack[][] = Array.from({ length: count }, () => [])
  let next = 0
  for (const road of roads.values())
    for (const attack of road) {
      batches[next % count]?.push(attack)
      next += 1
    }
  return batches
}

/** The road that an attack comes by. */
export function roadOf({ id }: Attack): string {
  return id.split('-', 1)[0] ?? ''
}
