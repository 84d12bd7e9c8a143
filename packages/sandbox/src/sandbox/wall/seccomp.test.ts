import { expect, test } from 'vitest'
import { seccompFilter } from './seccomp.ts'

const X64 = 0xc000003e
const ARM64 = 0xc00000b7
const I386 = 0x40000003

/** What the kernel makes of a filter: its verdict about one call (BPF, as in `net/core/filter.c`). */
function verdictOf(filter: Buffer, call: { arch: number; number: number; argument?: number }): string {
  const data = new Map([
    [0, call.number],
    [4, call.arch],
    [16, call.argument ?? 0],
  ])
  let value = 0
  for (let at = 0; at * 8 < filter.length; at++) {
    const [code, k] = [filter.readUInt16LE(at * 8), filter.readUInt32LE(at * 8 + 4)]
    const jump = (holds: boolean) => filter.readUInt8(at * 8 + (holds ? 2 : 3))
    if (code === 0x20) value = data.get(k) ?? Number.NaN
    else if (code === 0x05) at += k
    else if (code === 0x15) at += jump(value === k)
    else if (code === 0x35) at += jump(value >= k)
    else if (code === 0x45) at += jump((value & k) !== 0)
    else if (code === 0x06)
      return k === 0x7fff0000 ? 'allow' : k === 0x80000000 ? 'kill' : `errno ${k & 0xffff}`
    else throw new TypeError(`no instruction is ${code}`)
  }
  throw new TypeError('the filter has no end')
}

// Name of the call, its numbers on both architectures, its first argument.
test.each<[string, number | null, number | null, number, string]>([
  ['read', 0, 63, 0, 'allow'],
  ['mmap', 9, 222, 0, 'allow'],
  ['execve', 59, 221, 0, 'allow'],
  ['futex', 202, 98, 0, 'allow'],
  ['clone of a thread', 56, 220, 0x3d0f00, 'allow'],
  ['clone of a process', 56, 220, 17, 'errno 1'],
  ['clone into a user name space', 56, 220, 0x10000011, 'errno 1'],
  ['clone3', 435, 435, 0, 'errno 38'],
  ['fork', 57, null, 0, 'errno 1'],
  ['vfork', 58, null, 0, 'errno 1'],
  ['socket of Unix', 41, 198, 1, 'allow'],
  ['socket of IPv4', 41, 198, 2, 'allow'],
  ['socket of IPv6', 41, 198, 10, 'allow'],
  ['socket to the machine outside', 41, 198, 40, 'errno 97'],
  ['socket of packets', 41, 198, 17, 'errno 97'],
  ['socket of ciphers', 41, 198, 38, 'errno 97'],
  ['add_key', 248, 217, 0, 'errno 1'],
  ['keyctl', 250, 219, 0, 'errno 1'],
  ['ptrace', 101, 117, 0, 'errno 1'],
  ['bpf', 321, 280, 0, 'errno 1'],
  ['io_uring_setup', 425, 425, 0, 'errno 1'],
  ['unshare', 272, 97, 0, 'errno 1'],
  ['mount', 165, 40, 0, 'errno 1'],
  ['fanotify_init', 300, 262, 0, 'errno 1'],
])('seccompFilter() of %s', (_, x64, arm64, argument, expected) => {
  const verdict = (arch: string, audit: number, number: number | null) =>
    number === null
      ? expected
      : verdictOf(seccompFilter(arch) ?? Buffer.alloc(0), { arch: audit, number, argument })
  expect(verdict('x64', X64, x64)).toBe(expected)
  expect(verdict('arm64', ARM64, arm64)).toBe(expected)
})

test('seccompFilter() ends who calls by the table of another architecture', () => {
  const filter = seccompFilter('x64') ?? Buffer.alloc(0)
  expect(verdictOf(filter, { arch: I386, number: 3 })).toBe('kill')
  expect(verdictOf(filter, { arch: X64, number: 0x40000000 + 250 })).toBe('errno 38')
  expect(seccompFilter('riscv64')).toBeNull()
})
