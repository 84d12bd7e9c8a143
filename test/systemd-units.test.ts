import { spawnSync } from 'node:child_process'
import { readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { readConfig } from '../packages/server/src/config.ts'

const UNITS = [
  ['agentchat-sandbox', 'serve'],
  ['agentchat-sandbox-worker', 'worker'],
] as const
/** From 0 (shut) to 10 (open), as "systemd-analyze security" counts. */
const MOST_EXPOSED = 3.5

const fileOf = (unit: string) => fileURLToPath(new URL(`../deploy/systemd/${unit}.service`, import.meta.url))
const settingsOf = (unit: string) =>
  [...readFileSync(fileOf(unit), 'utf8').matchAll(/^(\w+)=(.*)$/gm)].map(([, name, value]) => [name, value])

const hasSystemd = spawnSync('systemd-analyze', ['--version']).error === undefined
if (!hasSystemd)
  console.warn('systemd-analyze is not installed (Debian: systemd): the exposure of units is not checked')

describe.each(UNITS)('deploy/systemd/%s.service', (unit, command) => {
  test.runIf(hasSystemd)(`is exposed by ${MOST_EXPOSED} at most`, () => {
    const args = ['security', '--offline=true', '--no-pager', fileOf(unit)]
    const { stdout, stderr } = spawnSync('systemd-analyze', args, { encoding: 'utf8' })
    expect(stderr).toBe('')
    const score = /Overall exposure level for \S+: (\d+\.\d+)/.exec(stdout)?.[1]
    expect(Number(score), stdout).toBeLessThanOrEqual(MOST_EXPOSED)
  })

  test('shuts nothing that bubblewrap or V8 needs', () => {
    const shut = [
      'MemoryDenyWriteExecute',
      'PrivateUsers',
      'ProcSubset',
      'ProtectHostname',
      'ProtectKernelLogs',
      'ProtectKernelTunables',
      'ProtectProc',
      'RestrictNamespaces',
    ]
    expect(settingsOf(unit).filter(([name = '']) => shut.includes(name))).toEqual([])
    const calls = settingsOf(unit)
      .find(([name]) => name === 'SystemCallFilter')?.[1]
      ?.split(' ')
    expect(calls).toEqual(expect.arrayContaining(['@mount', 'seccomp']))
  })

  test('starts a command that there is, with variables that it knows', () => {
    expect(settingsOf(unit)).toContainEqual([
      'ExecStart',
      `/usr/local/bin/agentchat-sandbox-server ${command}`,
    ])
    const variables = settingsOf(unit).flatMap(([name, value = '']) =>
      name === 'Environment' && value.startsWith('AGENTCHAT_') ? [value.split('=')] : [],
    )
    expect(readConfig(Object.fromEntries(variables))).toMatchObject({ isolation: 'os' })
  })
})
