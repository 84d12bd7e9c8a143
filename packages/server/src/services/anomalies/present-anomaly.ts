import type { AnomalyRow } from '../../db/queries/anomalies.ts'

/** What is told of an anomaly. */
export function presentAnomaly({ evidence, firstSeen, lastSeen, ...row }: AnomalyRow) {
  return {
    ...{ ...row, evidence: [...evidence] },
    ...{ firstSeen: firstSeen.toISOString(), lastSeen: lastSeen.toISOString() },
  }
}
