import { spawnSync } from 'node:child_process'
import {
  mkdirSync,
  mkdtempSync,
  readFileSync,
  readlinkSync,
  realpathSync,
  rmSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { describe, expect, test } from 'vitest'
import { findDeno } from '../../src/sandbox/host/deno-binary.ts'
import { PyodideSandbox } from '../../src/sandbox/index.ts'
import { fileAccess } from '../../src/sandbox/permissions/file-access.ts'
import { findBubblewrap } from '../../src/sandbox/wall/host-tools.ts'
import { canLimitTasks } from '../../src/sandbox/wall/kernel-limits.ts'
import { launchWorker } from '../../src/sandbox/wall/launch.ts'
import { denoProcesses } from '../fixtures/sandbox.ts'

const NAMESPACES = ['user', 'mnt', 'pid', 'net', 'ipc', 'uts', 'cgroup']

/** What the kernel says of a worker that runs behind both walls. */
async function workerSeenFromOutside() {
  await using sandbox = new PyodideSandbox({ isolation: 'os', pool: { min: 0, max: 1 } })
  const code = 'import time\nprint("here", flush=True)\nfor _ in range(500): time.sleep(0.02)'
  for await (const event of sandbox.stream(code)) {
    if (event.type !== 'stdout') continue
    const [pid] = denoProcesses()
    const read = (name: string) => readFileSync(`/proc/${pid}/${name}`, 'latin1')
    return {
      status: Object.fromEntries([...read('status').matchAll(/^(\w+):\t(.*)$/gm)].map(([, k, v]) => [k, v])),
      limits: Object.fromEntries(
        [...read('limits').matchAll(/^Max (.+?) {2,}(\w+)/gm)].map(([, name, soft]) => [name, soft]),
      ),
      mounts: [...read('mounts').matchAll(/^\S+ (\S+) (\S+) (\S+)/gm)].map(([, place, type, options]) => ({
        place,
        type,
        writable: options?.split(',').includes('rw'),
      })),
      environment: read('environ').split('\0').filter(Boolean),
      shared: NAMESPACES.filter(
        (kind) => readlinkSync(`/proc/${pid}/ns/${kind}`) === readlinkSync(`/proc/self/ns/${kind}`),
      ),
    }
  }
  throw new Error('the worker said nothing')
}

describe.runIf(findBubblewrap() !== null)('behind the second wall', () => {
  test('a worker has no capability, no namespace of the host, and nothing to write to but its own', async () => {
    const { status, limits, mounts, environment, shared } = await workerSeenFromOutside()
    const none = '0000000000000000'
    expect(status).toMatchObject({ CapInh: none, CapPrm: none, CapEff: none, CapBnd: none, CapAmb: none })
    expect(status).toMatchObject({ NoNewPrivs: '1', Seccomp: '2' })
    // Its number inside the last of its own process name spaces.
    expect(status.NSpid?.split('\t').at(-1)).toBe('1')
    expect(shared).toEqual([])
    expect(limits).toMatchObject({
      'core file size': '0',
      'file size': '67108864',
      'open files': '256',
      'data size': '68719476736',
      'cpu time': '90000',
    })
    const places = mounts.map(({ place }) => place)
    expect(places.filter((place) => !/^\/(dev|proc|lib|lib64|usr\/lib)\//.test(place ?? '')).sort()).toEqual([
      '/',
      '/app/audit',
      '/app/cache',
      '/app/deno',
      '/app/image',
      '/app/protocol',
      '/app/runner',
      '/dev',
      '/proc',
    ])
    const writable = mounts.filter((mount) => mount.writable).map(({ place }) => place)
    expect(writable.filter((place) => !/^\/dev\//.test(place ?? ''))).toEqual(['/app/cache', '/app/audit'])
    expect(environment.map((entry) => entry.split('=')[0]).sort()).toEqual([
      'DENO_AUDIT_PERMISSIONS',
      'DENO_DIR',
      'MALLOC_MMAP_THRESHOLD_',
      'MALLOC_TRIM_THRESHOLD_',
      'PWD',
    ])
  })

  test('a granted folder that has gone takes no wall with it', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'agentchat-gone-'))
    await using sandbox = new PyodideSandbox({ allowRead: [folder], pool: { min: 0, max: 1 } })
    rmSync(folder, { recursive: true })
    const { result, permissions } = await sandbox.execute('import os\nos.path.exists(folder)', {
      globals: { folder },
    })
    expect(result).toBe(false)
    expect(permissions.walls).toEqual(['deno', 'bubblewrap'])
  })

  test('a link that leads out of a granted folder leads nowhere, for a Deno that may do everything', () => {
    const folder = realpathSync(mkdtempSync(join(tmpdir(), 'agentchat-link-')))
    try {
      for (const name of ['granted', 'image', 'deno']) mkdirSync(join(folder, name))
      writeFileSync(join(folder, 'secret'), 'secret')
      writeFileSync(join(folder, 'granted', 'inside'), 'inside')
      symlinkSync('../secret', join(folder, 'granted', 'link'))
      const program = `for (const name of ['inside', 'link', '../secret'])
  try { console.log(Deno.readTextFileSync('${folder}/granted/' + name)) } catch (error) { console.log(error.name) }`
      writeFileSync(join(folder, 'image', 'program.mjs'), program)
      const granted = { path: `${folder}/granted`, target: `${folder}/granted`, kind: 'folder' as const }
      const { path, args, env } = launchWorker({
        deno: findDeno().path,
        image: join(folder, 'image'),
        denoDir: join(folder, 'deno'),
        wall: { bubblewrap: findBubblewrap() ?? '', sealed: true, filtered: true },
        files: fileAccess({ read: [granted], write: false }, { maxWriteBytes: 0, maxWriteFiles: 0 }),
        audit: null,
      })
      const before = args.slice(0, args.lastIndexOf('run'))
      const command = [...before, 'run', '-A', '--quiet', '/app/image/program.mjs']
      const { stdout } = spawnSync(path, command, { env: { ...env }, encoding: 'utf8' })
      expect(stdout.split('\n')).toEqual(['inside', 'NotFound', 'NotFound', ''])
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  /** A user without any right of root, which these tests may run as. */
  const ORDINARY = 65_533
  const program = fileURLToPath(new URL('../fixtures/ordinary-user.mjs', import.meta.url))
  const asOrdinary = process.getuid?.() === 0 ? { uid: ORDINARY, gid: ORDINARY } : {}
  const canRead = spawnSync('test', ['-r', program], asOrdinary).status === 0

  test.runIf(canRead)('an ordinary user has both walls, the limits, and a bound on processes', () => {
    const { stdout, stderr } = spawnSync(process.execPath, [program], {
      ...asOrdinary,
      env: { PATH: process.env.PATH },
      encoding: 'utf8',
      timeout: 300_000,
    })
    expect(stderr).toBe('')
    const { walls, memory, cpu, written, tasks, filtered } = JSON.parse(stdout)
    expect(walls).toEqual([
      ['deno', 'bubblewrap'],
      ['deno', 'bubblewrap'],
    ])
    expect([memory, cpu, written]).toEqual(['memory', 'cpu', 'write'])
    // Its memory and what it writes can be read from outside.
    expect(tasks.seen).toBe(true)
    expect(filtered.started).toBe(0)
    if (!canLimitTasks(undefined, ORDINARY)) return
    expect(tasks.started).toBeGreaterThan(5)
    expect(tasks.started).toBeLessThan(tasks.limit)
    expect(tasks.left).toBe(0)
  })
})
