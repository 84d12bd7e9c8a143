import { existsSync, readFileSync } from 'node:fs'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { parse } from 'yaml'
import { readConfig } from '../packages/server/src/config.ts'

interface Service {
  readonly user?: string
  readonly image: string
  readonly command?: readonly string[]
  readonly environment?: Readonly<Record<string, string>>
  readonly read_only?: boolean
  readonly privileged?: boolean
  readonly cap_add?: readonly string[]
  readonly cap_drop?: readonly string[]
  readonly security_opt?: readonly string[]
  readonly networks?: readonly string[]
}

const ROOT = fileURLToPath(new URL('..', import.meta.url))
const read = (name: string) => readFileSync(`${ROOT}/deploy/container/${name}`, 'utf8')
const compose = parse(read('compose.yaml'), { merge: true })
const services: [string, Service][] = Object.entries(compose.services)
const dockerfile = read('Dockerfile')
/** What bubblewrap and V8 call. */
const NEEDED = [
  'clone',
  'clone3',
  'unshare',
  'mount',
  'umount2',
  'pivot_root',
  'prctl',
  'seccomp',
  'pkey_alloc',
]

const isOurs = ({ image }: Service) => image === 'agentchat-sandbox'

test.each(services)('%s has no right that it does not need', (_, service) => {
  expect(service).toMatchObject({ read_only: true, cap_drop: ['ALL'] })
  expect(service).not.toMatchObject({ privileged: true })
  expect(service.cap_add).toBeUndefined()
  expect(service.security_opt).toContain('no-new-privileges:true')
  // The user of ours is in the image.
  if (!isOurs(service)) expect(Number.parseInt(service.user ?? '0', 10)).toBeGreaterThan(0)
})

test.each(services.filter(([, service]) => isOurs(service)))(
  '%s may have what bubblewrap needs, and knows its variables',
  (name, service) => {
    expect(service.security_opt).toEqual(
      expect.arrayContaining(['seccomp=seccomp.json', 'systempaths=unconfined']),
    )
    const config = readConfig({
      ...service.environment,
      ...imageVariables(),
      AGENTCHAT_NATS_SEED: 'SU'.padEnd(58, 'A'),
      DATABASE_URL: 'postgres://postgres/agentchat',
    })
    expect(config).toMatchObject({ isolation: 'os', nats: expect.anything() })
    if (service.command?.[0] !== 'worker') return
    expect(config.machineName).toBe(name)
    expect(service.networks).toEqual(['nats'])
  },
)

test('the filter of calls leaves what bubblewrap and V8 need', () => {
  const { syscalls } = JSON.parse(read('seccomp.json'))
  const refused = syscalls.flatMap(({ names }: { readonly names: readonly string[] }) => names)
  expect(refused).toEqual(expect.arrayContaining(['bpf', 'keyctl', 'ptrace', 'kexec_load', 'init_module']))
  expect(refused.filter((each: string) => NEEDED.includes(each))).toEqual([])
})

test('the image is of an ordinary user, and copies what there is', () => {
  expect(dockerfile).toMatch(/^USER node$/m)
  for (const [, from] of dockerfile.matchAll(/^COPY (?!--from)(.*) \S+$/gm))
    for (const path of from?.split(' ') ?? []) expect(existsSync(`${ROOT}/${path}`), path).toBe(true)
  expect(read('../../.dockerignore').split('\n')).toEqual(expect.arrayContaining(['.git', '**/node_modules']))
})

function imageVariables(): Record<string, string> {
  const pairs = [...dockerfile.matchAll(/\b(AGENTCHAT_[A-Z_]+)=(\S+)/g)]
  return Object.fromEntries(pairs.map(([, variable, value]) => [variable, value]))
}
