/** What users may use up, and what their code may ask for. Set by whoever runs the service. */
export interface Policy {
  /** The most that an execution may ask for; also what it gets when it does not ask. */
  readonly maxTimeoutSeconds: number
  readonly maxMemoryMb: number
  /** Hosts that tools of users may reach, with private ones that are named here. */
  readonly allowNet: readonly string[]
  readonly quotas: {
    readonly concurrent: number
    readonly perMinute: number
    readonly cpuSecondsPerDay: number
  }
}
