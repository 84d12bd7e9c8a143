import type { SandboxOptions, WallProbe } from 'agentchat-sandbox'

/** Which walls workers are to stand behind, and what of it is worth saying. */
export interface IsolationChoice {
  readonly isolation: NonNullable<SandboxOptions['isolation']>
  readonly told: string
}

/**
 * What holds where nothing is set: the second wall is demanded where it stands at the start, so that no later moment takes
 * it away; where it does not, that is said, with the reason.
 */
export async function chooseIsolation(
  wanted: SandboxOptions['isolation'],
  probe: () => Promise<WallProbe> = probeOfLibrary,
): Promise<IsolationChoice> {
  if (wanted === 'deno')
    return { isolation: 'deno', told: "workers stand behind Deno's permissions alone (AGENTCHAT_ISOLATION)" }
  const found = await probe()
  if (found.stands) {
    const isolation = wanted ?? 'os'
    const demanded = isolation === 'os' ? ', and none starts without it' : ' where it works'
    return { isolation, told: `workers stand behind Deno's permissions and bubblewrap${demanded}` }
  }
  if (wanted === 'os')
    return {
      isolation: 'os',
      told: `no code can run: AGENTCHAT_ISOLATION is "os", and the second wall does not stand: ${found.reason}`,
    }
  return { isolation: 'auto', told: `workers stand behind Deno's permissions alone: ${found.reason}` }
}

/** Loaded when it is needed: other commands do without the library. */
async function probeOfLibrary(): Promise<WallProbe> {
  const { probeSecondWall } = await import('agentchat-sandbox')
  return await probeSecondWall()
}
