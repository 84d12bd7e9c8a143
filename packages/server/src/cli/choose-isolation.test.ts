import { expect, test } from 'vitest'
import { chooseIsolation } from './choose-isolation.ts'

const stands = async () => ({ stands: true }) as const
const fails = async () => ({ stands: false, reason: 'bwrap: No permissions' }) as const

test.each([
  [undefined, stands, 'os', /and bubblewrap, and none starts without it/],
  [undefined, fails, 'auto', /alone: bwrap: No permissions/],
  ['auto', stands, 'auto', /and bubblewrap where it works/],
  ['auto', fails, 'auto', /alone: bwrap: No permissions/],
  ['os', stands, 'os', /none starts without it/],
  ['os', fails, 'os', /no code can run.*bwrap: No permissions/],
  ['deno', stands, 'deno', /alone \(AGENTCHAT_ISOLATION\)/],
] as const)('chooseIsolation(%s) (%#)', async (wanted, probe, isolation, told) => {
  const chosen = await chooseIsolation(wanted, probe)
  expect(chosen.isolation).toBe(isolation)
  expect(chosen.told).toMatch(told)
})
