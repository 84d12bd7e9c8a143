/**
 * Calls of the kernel that a worker never makes, by architecture: what name spaces do not separate (keys), what looks
 * into other processes, and what reaches deepest into the kernel, where its holes are.
 */
const FORBIDDEN: Readonly<Record<string, readonly [x64: number, arm64: number]>> = {
  add_key: [248, 217],
  request_key: [249, 218],
  keyctl: [250, 219],
  ptrace: [101, 117],
  process_vm_readv: [310, 270],
  process_vm_writev: [311, 271],
  pidfd_getfd: [438, 438],
  kcmp: [312, 272],
  bpf: [321, 280],
  perf_event_open: [298, 241],
  userfaultfd: [323, 282],
  io_uring_setup: [425, 425],
  io_uring_enter: [426, 426],
  io_uring_register: [427, 427],
  mount: [165, 40],
  umount2: [166, 39],
  pivot_root: [155, 41],
  chroot: [161, 51],
  open_tree: [428, 428],
  move_mount: [429, 429],
  fsopen: [430, 430],
  fsconfig: [431, 431],
  fsmount: [432, 432],
  mount_setattr: [442, 442],
  unshare: [272, 97],
  setns: [308, 268],
  kexec_load: [246, 104],
  kexec_file_load: [320, 294],
  init_module: [175, 105],
  finit_module: [313, 273],
  delete_module: [176, 106],
  open_by_handle_at: [304, 265],
  name_to_handle_at: [303, 264],
  syslog: [103, 116],
  quotactl: [179, 60],
  swapon: [167, 224],
  swapoff: [168, 225],
  reboot: [169, 142],
  acct: [163, 89],
  migrate_pages: [256, 238],
  move_pages: [279, 239],
  fanotify_init: [300, 262],
}

/** What the filter must know of an architecture; numbers from `linux/audit.h` and the tables of calls. */
interface Architecture {
  readonly column: 0 | 1
  readonly audit: number
  readonly clone: number
  readonly clone3: number
  readonly socket: number
  /** Calls that start a process and nothing else. */
  readonly forks: readonly number[]
}

const ARCHITECTURES: Readonly<Record<string, Architecture>> = {
  x64: { column: 0, audit: 0xc000003e, clone: 56, clone3: 435, socket: 41, forks: [57, 58] },
  arm64: { column: 1, audit: 0xc00000b7, clone: 220, clone3: 435, socket: 198, forks: [] },
}

/** Unix, IPv4, IPv6, routing facts. Others, as that between a virtual machine and its host, know no name spaces. */
const SOCKET_FAMILIES = [1, 2, 10, 16]
const CLONE_THREAD = 0x10000
/** The second set of calls of x64, with numbers of its own. */
const X32_BIT = 0x40000000

const EPERM = 1
const ENOSYS = 38
const EAFNOSUPPORT = 97
const ALLOW = 0x7fff0000
const KILL_PROCESS = 0x80000000
const refuse = (errno: number) => 0x00050000 | errno

/** Offsets in what the kernel shows to the filter (`struct seccomp_data`). */
const NUMBER = 0
const ARCHITECTURE = 4
const FIRST_ARGUMENT = 16

const load = (offset: number) => instruction(0x20, 0, 0, offset)
const answer = (verdict: number) => instruction(0x06, 0, 0, verdict)
/** Goes on with the next instruction when the value is `value`, else leaves out `otherwise` of them. */
const ifEqual = (value: number, otherwise: number) => instruction(0x15, 0, otherwise, value)
const ifAtLeast = (value: number, otherwise: number) => instruction(0x35, 0, otherwise, value)
const ifAnyBit = (bits: number, otherwise: number) => instruction(0x45, 0, otherwise, bits)

/**
 * The program that the kernel asks about each call of a worker behind the second wall (seccomp(2)), or null for an
 * architecture whose calls we do not know. A worker starts threads and no processes; a call of another architecture ends
 * it.
 */
export function seccompFilter(arch: string = process.arch): Buffer | null {
  const known = ARCHITECTURES[arch]
  if (known === undefined) return null
  const forbidden = Object.values(FORBIDDEN).map((numbers) => numbers[known.column])
  return Buffer.concat([
    load(ARCHITECTURE),
    ifEqual(known.audit, 1),
    instruction(0x05, 0, 0, 1),
    answer(KILL_PROCESS),
    load(NUMBER),
    ...(arch === 'x64' ? [ifAtLeast(X32_BIT, 1), answer(refuse(ENOSYS))] : []),
    // Its flags lie where a filter cannot look; told that there is no such call, the C library takes the older one.
    ...when(known.clone3, [answer(refuse(ENOSYS))]),
    ...when(known.clone, [
      load(FIRST_ARGUMENT),
      ifAnyBit(CLONE_THREAD, 1),
      answer(ALLOW),
      answer(refuse(EPERM)),
    ]),
    ...when(known.socket, [
      load(FIRST_ARGUMENT),
      ...SOCKET_FAMILIES.flatMap((family) => when(family, [answer(ALLOW)])),
      answer(refuse(EAFNOSUPPORT)),
    ]),
    ...[...known.forks, ...forbidden].flatMap((number) => when(number, [answer(refuse(EPERM))])),
    answer(ALLOW),
  ])
}

function when(value: number, steps: readonly Buffer[]): Buffer[] {
  return [ifEqual(value, steps.length), ...steps]
}

/** One instruction of the kernel's filters: code, two jumps, a number (`struct sock_filter`). */
function instruction(code: number, ifTrue: number, ifFalse: number, value: number): Buffer {
  const bytes = Buffer.alloc(8)
  bytes.writeUInt16LE(code, 0)
  bytes.writeUInt8(ifTrue, 2)
  bytes.writeUInt8(ifFalse, 3)
  bytes.writeUInt32LE(value >>> 0, 4)
  return bytes
}
