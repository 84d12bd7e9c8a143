import { describe, expect, test } from 'vitest'
import { codeOf, read, runServices, START } from '../../../test/fixtures/run-service.ts'
import { CALL_DATA_BYTES } from '../../protocol/frames.ts'

const { root, programs, makeService } = runServices()

describe.runIf(process.platform === 'linux')('RunService', () => {
  test.each([
    ['start', null],
    ['start', {}],
    ['start', []],
    ['start', { ...START, shell: true }],
    ['start', { ...START, program: '' }],
    ['start', { ...START, program: ['cat'] }],
    ['start', { ...START, program: 'x'.repeat(4097) }],
    ['start', { ...START, args: 'x' }],
    ['start', { ...START, args: [1] }],
    ['start', { ...START, args: Array(10_001).fill('') }],
    ['start', { ...START, cwd: null }],
    ['start', { ...START, env: { A: '1' } }],
    ['start', { ...START, env: [['A']] }],
    ['start', { ...START, env: [['A', 1]] }],
    ['start', { ...START, env: Array(2001).fill(['A', '']) }],
    ['start', { ...START, stdin: 0 }],
    ['start', { ...START, stdin: 'inherit' }],
    ['start', { ...START, stdout: 'stderr' }],
    ['start', { ...START, argv0: 'sh' }],
    ['start', { ...START, detached: false }],
    ['find', { program: 1 }],
    ['find', { program: 'x'.repeat(4097) }],
    ['read', read(1, { stream: 'stdin' })],
    ['read', read(1, { stream: '__proto__' })],
    ['read', read(1, { max: 0 })],
    ['read', read(1, { max: CALL_DATA_BYTES + 1 })],
    ['read', read(1, { deadlineMs: -1 })],
    ['read', read(1, { deadlineMs: 2 ** 31 })],
    ['read', read(1.5)],
    ['wait', { program: '1', deadlineMs: 0 }],
    ['wait', { program: 1 }],
    ['kill', { program: 1, signal: 0 }],
    ['kill', { program: 1, signal: -9 }],
    ['kill', { program: 1, signal: 65 }],
    ['kill', { program: 1, signal: 'SIGKILL' }],
    ['release', { pid: 1 }],
  ])('%s refuses the forged %j', async (name, params) => {
    const { call, uses } = makeService()
    expect(await codeOf(call(name, params))).toBe('schema')
    expect(uses.used.uses).toEqual([])
  })

  test.each([
    [{ program: 'ls' }, 'denied'],
    [{ program: '/bin/ls' }, 'denied'],
    [{ program: './cat' }, 'denied'],
    [{ program: '../../bin/cat' }, 'denied'],
    [{ program: '/proc/self/exe' }, 'denied'],
    [{ program: 'cat ' }, 'denied'],
    [{ program: 'CAT' }, 'denied'],
    [{ program: '/usr/bin/../bin/cat' }, 'denied'],
    [{ program: 'cat\0' }, 'EINVAL'],
    [{ args: ['a\0b'] }, 'EINVAL'],
    [{ cwd: '/\0' }, 'EINVAL'],
    [{ args: ['\ud800'] }, 'EILSEQ'],
    [{ env: [['A', 'x\0LD_PRELOAD=y']] }, 'EINVAL'],
    [{ env: [['LD_PRELOAD', '/x.so']] }, 'denied'],
    [
      {
        env: [
          ['TOKEN', 'secret'],
          ['PATH', root],
        ],
      },
      'denied',
    ],
    [{ args: ['x'.repeat(200_000)] }, 'E2BIG'],
  ])('start refuses %j with %s, and starts nothing', async (request, code) => {
    const { call, uses } = makeService()
    expect(await codeOf(call('start', { ...START, ...request }))).toBe(code)
    expect(uses.used.uses).toEqual([])
    expect(uses.denied.uses.length).toBe(code === 'denied' ? 1 : 0)
  })

  test.each([
    ['nothing', false, { program: null }, 'denied', 'Cannot start a shell: "allowRun" does not name it'],
    ['nothing', false, { program: 'cat' }, 'denied', 'Cannot start "cat": "allowRun" does not name it'],
    [
      'no shell',
      programs.slice(1),
      { program: null },
      'denied',
      'Cannot start a shell: "allowRun" does not name it',
    ],
    [
      'all',
      true,
      { program: 'bin/cat' },
      'denied',
      'Cannot start "bin/cat": "allowRun" takes names and absolute paths',
    ],
    ['all', true, { program: 'no-such' }, 'ENOENT', 'Cannot start "no-such": there is no such program'],
    ['all', true, { program: '/etc' }, 'EACCES', 'Cannot start "/etc": it is not an executable file'],
  ] as const)('with %s granted %s', async (_what, grant, request, code, message) => {
    const { call } = makeService(grant)
    await expect(call('start', { ...START, ...request })).rejects.toMatchObject({ code, message })
  })
})
