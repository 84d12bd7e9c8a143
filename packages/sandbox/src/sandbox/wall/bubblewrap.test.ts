import { expect, test } from 'vitest'
import { bubblewrapArgs } from './bubblewrap.ts'
import { insidePaths } from './inside.ts'

const mounts = {
  deno: '/host/deno',
  libraries: [{ inside: '/lib64/ld.so', source: '/usr/lib/ld.so' }],
  image: '/host/image',
  runner: '/host/runner',
  protocol: '/host/protocol',
  denoDir: '/host/cache',
}

// The whole second wall: a change of this list is a change of the wall.
test('bubblewrapArgs() shows what is needed and what is granted, and nothing else of the host', () => {
  const binds = [
    { target: '/data', writable: false },
    { target: '/data/out', writable: true },
  ]
  const granted = [{ inside: '/usr/lib/libz.so.1', source: '/usr/lib/libz.so.1.3' }]
  const args = bubblewrapArgs(
    { ...mounts, granted, binds, audit: '/host/audit', inside: insidePaths(binds), sealed: true },
    { A: 'b' },
  )
  expect(args.join(' ').replace(/ --/g, '\n--').split('\n')).toEqual([
    '--unshare-user',
    '--disable-userns',
    '--unshare-pid',
    '--unshare-net',
    '--unshare-ipc',
    '--unshare-uts',
    '--unshare-cgroup-try',
    '--die-with-parent',
    '--as-pid-1',
    '--clearenv',
    '--setenv A b',
    '--cap-drop ALL',
    '--uid 65534',
    '--gid 65534',
    '--hostname sandbox',
    '--proc /proc',
    '--dev /dev',
    '--ro-bind-try /usr/lib/libz.so.1.3 /usr/lib/libz.so.1',
    '--ro-bind-try /data /data',
    '--bind-try /data/out /data/out',
    '--ro-bind /host/deno /app/deno',
    '--ro-bind /host/image /app/image',
    '--ro-bind /host/runner /app/runner',
    '--ro-bind /host/protocol /app/protocol',
    '--ro-bind /usr/lib/ld.so /lib64/ld.so',
    '--bind /host/cache /app/cache',
    '--bind /host/audit /app/audit',
    '--remount-ro /dev',
    '--remount-ro /proc',
    '--remount-ro /',
    '--chdir /app',
    '--',
  ])
})

test('bubblewrapArgs() leaves out what bubblewrap has only since 0.8, when asked to', () => {
  const all = { ...mounts, granted: [], binds: [], audit: null, inside: insidePaths([]) }
  const sealed = bubblewrapArgs({ ...all, sealed: true }, {})
  expect(bubblewrapArgs({ ...all, sealed: false }, {})).toEqual(
    sealed.filter((each) => each !== '--disable-userns'),
  )
})

test.each([
  [['/data'], '/app'],
  [['/app'], '/agentchat'],
  [['/app/data'], '/agentchat'],
  [['/application'], '/app'],
  [['/app', '/agentchat'], '/agentchat-sandbox'],
])('insidePaths() with %j granted uses %s', (targets, base) => {
  const binds = targets.map((target) => ({ target, writable: false }))
  expect(insidePaths(binds)).toMatchObject({ base, deno: `${base}/deno` })
})
