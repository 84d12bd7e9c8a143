import { afterAll, describe, expect, test } from 'vitest'
import { readAttacks } from './cases.ts'
import { Harness } from './harness.ts'
import { TARGETS } from './targets.ts'

/** Waiting for one of two places is part of a test's time. */
const TIMEOUT = 300_000

/** What the naive runner must fail, or the suite is blind: one for each way of getting out. */
const CONTROLS = ['forge-fake-exit-zero', 'net-fetch-http', 'proc-node-spawn-shell', 'read-deno-text']

/** What Python can only do with JavaScript, which the product hides from it; the limits behind must hold all the same. */
const BEHIND_HARDENING = [
  'cpu-eat-host-channel',
  'forge-fake-exit-zero',
  'forge-limit-then-success',
  'mem-wasm-instruction',
  'net-fetch-http',
  'out-js-console-flood',
  'proc-node-spawn-shell',
  'wt-worker-writes-late',
]

/** What touches the host, for the second wall alone. `npm run escapes` runs everything against everything. */
const TOUCHES_HOST = [
  'ffi-nested-namespaces',
  'net-fetch-http',
  'net-vsock',
  'persist-kernel-keys',
  'proc-kernel-switches',
  'write-memory-file-systems',
  'wt-detached-grandchild',
]

const attacks = readAttacks()
const only = (ids: readonly string[]) => attacks.filter(({ id }) => ids.includes(id))
const harness = new Harness({ quick: true })
afterAll(() => harness.close())

function against(name: string) {
  const target = TARGETS.find((each) => each.name === name)
  if (target === undefined) throw new TypeError(`no target "${name}"`)
  return (attack: (typeof attacks)[number]) => harness.run(attack, target)
}

describe.concurrent('the product contains', () => {
  const run = against('product')
  test.for(attacks.map((attack) => [attack.id, attack] as const))(
    '%s',
    { timeout: TIMEOUT },
    async ([, attack], { skip }) => {
      const { outcome, reasons } = await run(attack)
      if (outcome === 'skipped') skip(reasons.join())
      expect(outcome === 'breach' ? reasons : []).toEqual([])
    },
  )
})

describe.concurrent('the first wall alone, with nothing hidden from Python, contains', () => {
  const run = against('deno-wall')
  test.for(only(BEHIND_HARDENING).map((attack) => [attack.id, attack] as const))(
    '%s',
    { timeout: TIMEOUT },
    async ([, attack]) => {
      const { outcome, reasons, said } = await run(attack)
      expect({ outcome, reasons }).toEqual({ outcome: 'contained', reasons: [] })
      expect(said).not.toContain('no road')
    },
  )
})

describe.concurrent('the second wall alone contains', () => {
  const run = against('os-wall')
  test.for(only(TOUCHES_HOST).map((attack) => [attack.id, attack] as const))(
    '%s',
    { timeout: TIMEOUT },
    async ([, attack], { skip }) => {
      const { outcome, reasons, said } = await run(attack)
      if (outcome === 'skipped') skip(reasons.join())
      expect({ outcome, reasons }).toEqual({ outcome: 'contained', reasons: [] })
      expect(said).not.toContain('no road')
    },
  )
})

describe.concurrent('the naive runner is broken by', () => {
  const run = against('naive')
  test.for(only(CONTROLS).map((attack) => [attack.id, attack] as const))(
    '%s',
    { timeout: TIMEOUT },
    async ([, attack]) => {
      expect((await run(attack)).outcome).toBe('breach')
    },
  )
})
