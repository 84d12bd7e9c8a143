import { spawnSync } from 'node:child_process'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { hasServers } from './fixtures/machines.ts'

const PROGRAM = fileURLToPath(new URL('../../../../bench/machines/chaos.mjs', import.meta.url))

// The long one is "npm run chaos".
test.skipIf(!hasServers)(
  'kills of machines, services and NATS, and cut wires, by a seed: nothing runs twice, nothing is lost, of sessions neither',
  () => {
    const seed = String(Math.floor(Math.random() * 2 ** 31))
    const faults = 'killMachine,cutMachine,killService,killNats'
    const args = [PROGRAM, '--seconds', '8', '--seed', seed, '--faults', faults]
    const { status, stdout, stderr } = spawnSync(process.execPath, args, {
      encoding: 'utf8',
      timeout: 240_000,
    })
    expect({ seed, status, stderr: status === 0 ? '' : stderr, ...JSON.parse(stdout || '{}') }).toMatchObject(
      {
        ...{ status: 0, violations: [] },
        operations: expect.any(Number),
        'steps of sessions': expect.any(Number),
      },
    )
  },
)
