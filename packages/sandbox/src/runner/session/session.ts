import type { InstallMessage, SaveMessage, WakeMessage } from '../../protocol/host-messages.ts'
import { restoreHeap } from '../heap-image.ts'
import type { HostChannel } from '../host-channel.ts'
import { MemoryBlocks } from '../memory-blocks.ts'
import type { FileQuota } from '../memory-files/quota.ts'
import { setMemoryLimit } from '../memory-limit.ts'
import { offerMainSymbols } from '../native/main-symbols.ts'
import type { LoaderModule } from '../native/module.ts'
import { pause } from '../pause.ts'
import type { PyodideModule, PyProxy } from '../pyodide-module.ts'
import { Decompressed, type PackedState, StatePacker } from './compression.ts'
import { HeapPatch, heapDifference } from './heap-difference.ts'
import { installWheels } from './installation.ts'
import { captureObjects, type ObjectTable, restoreObjects } from './javascript-objects.ts'
import { captureFiles, type FreshFiles, type MemoryNode, noteFiles, restoreFiles } from './memory-files.ts'
import { FreshLibraries } from './native-difference.ts'
import { captureOpenFiles, restoreOpenFiles } from './open-files.ts'
import { bytesOf, decodeContents, decodeIndex, encodeSession, type StateIndex } from './session-form.ts'

/** What a session is made of. */
export interface StateParts {
  readonly module: PyodideModule
  /** The module `agentchat.cell.session`. */
  readonly python: Readonly<Record<string, PyProxy>>
  /** Folder of the image, ending in a slash. */
  readonly image: string
  /** The JavaScript objects that Python knows in every worker. */
  readonly objects: readonly unknown[]
  readonly channel: HostChannel
  readonly quota: FileQuota
  /** Makes Python at home in this worker, after its memory and files have come from another. */
  connect(): void
}

/** Callbacks that are due have so long to be called before a save gives up, in milliseconds. */
const SETTLE_MS = 250

// Taken before user code runs.
const now = performance.now.bind(performance)

/** Keeps the whole of Python between two runs, and becomes what was kept. */
export class Session {
  readonly #parts: StateParts
  readonly #fresh: FreshFiles
  readonly #stack: number
  readonly #libraries: FreshLibraries
  readonly #packer = new StatePacker()
  #memory: MemoryBlocks | null = null
  /** What the clock is ahead of that of this process, in milliseconds. */
  #clockMs = 0

  /** To be made before code of the session runs: notes what a worker has by itself. */
  constructor(parts: StateParts) {
    this.#parts = parts
    const { module } = parts
    this.#fresh = noteFiles(module.FS.root as MemoryNode)
    this.#stack = module.stackSave()
    this.#libraries = new FreshLibraries(module)
    // An image without packages has none that would have asked for it.
    offerMainSymbols(module as LoaderModule)
    parts.python.begin?.()
  }

  /** Sends the session to the host, or says why it cannot be kept. */
  async save(message: SaveMessage): Promise<void> {
    const { channel } = this.#parts
    const { save } = message
    try {
      const { packed, report } = await this.#pack(message)
      for (const piece of packed.pieces) channel.sendSession(piece)
      const chunks = JSON.stringify(packed.chunks)
      channel.send(`{"type":"saved","save":${save},"error":null,"chunks":${chunks},"report":${report}}`)
    } catch (error) {
      const reason = JSON.stringify(messageOf(error))
      channel.send(`{"type":"saved","save":${save},"error":${reason},"chunks":[],"report":null}`)
    }
  }

  /** Becomes the session whose bytes are given, in pieces. Of no further use when that fails. */
  async wake(pieces: readonly Uint8Array[], message: WakeMessage): Promise<void> {
    const { channel } = this.#parts
    try {
      await this.#unpack(new Decompressed(pieces, message.maxPlainBytes), message.memoryLimitBytes)
      channel.send('{"type":"woken","error":null}')
    } catch (error) {
      channel.send(`{"type":"woken","error":${JSON.stringify(messageOf(error))}}`)
    }
  }

  /** Unpacks wheels whose bytes are given, in pieces, and says what is in them. */
  install(pieces: readonly Uint8Array[], message: InstallMessage): void {
    const { module, python, quota, channel } = this.#parts
    const outcome = quota.without(() => installWheels({ module, python }, pieces, message))
    channel.send(JSON.stringify({ type: 'installed', ...outcome }))
  }

  async #pack(message: SaveMessage): Promise<{ packed: PackedState; report: string }> {
    const { module, python, image, quota } = this.#parts
    await this.#settle()
    const objects = this.#captureObjects()
    const native = this.#libraries.capture()
    const described = JSON.parse(String(python.describe?.())) as object
    const orphans: MemoryNode[] = []
    const openFiles = captureOpenFiles(module, orphans)
    const files = captureFiles(module.FS.root as MemoryNode, this.#fresh, orphans)
    this.#memory ??= new MemoryBlocks(module)
    const heap = heapDifference(module, this.#memory, `${image}heap.bin`)
    const clockMs = now() + this.#clockMs
    const facts = { objects, files: files.records, openFiles, native, clockMs, exempt: quota.exempt }
    const packed = await this.#packer.pack(encodeSession(facts, heap, files.contents), message)
    const sizes = {
      heapBytes: bytesOf(heap.data),
      fileBytes: bytesOf(files.contents),
      files: files.contents.length,
    }
    return { packed, report: JSON.stringify({ ...described, ...sizes }) }
  }

  /** Waits until nothing is under way. A task that has just ended still has callbacks to make. */
  async #settle(): Promise<void> {
    const { module, python } = this.#parts
    for (const deadline = now() + SETTLE_MS; ; ) {
      const { ready, found } = JSON.parse(String(python.under_way?.())) as { ready: number; found: string[] }
      if (ready === 0 && found.length > 0) throw new Error(found.join(', '))
      if (ready === 0) break
      if (now() > deadline)
        throw new Error([...found, 'callbacks that are called again and again'].join(', '))
      await pause(0).promise
    }
    if (module.stackSave() !== this.#stack) throw new Error('a call that waits')
    if (Object.keys(module.timers).length > 0) throw new Error('an alarm (signal.setitimer)')
  }

  #captureObjects(): ObjectTable {
    const { module, python, objects } = this.#parts
    for (let tries = 2; ; tries--) {
      const unknown: string[] = []
      const table = captureObjects(module, objects, (kind) => unknown.push(kind))
      if (unknown.length === 0) return table
      if (tries === 0) {
        const names = JSON.parse(String(python.holders?.())) as string[]
        const where = names.length === 0 ? '' : `, in ${names.map((name) => `"${name}"`).join(', ')}`
        throw new Error(`an object of JavaScript (${[...new Set(unknown)].slice(0, 5).join(', ')})${where}`)
      }
      // It may be garbage that has not been collected yet.
      python.collect?.()
    }
  }

  async #unpack(source: Decompressed, memoryLimitBytes: number): Promise<void> {
    const { module, image, objects, python, quota } = this.#parts
    const index = await decodeIndex(source)
    setMemoryLimit(memoryLimitBytes)
    if (index.heapBytes > memoryLimitBytes)
      throw new Error(`its memory has ${index.heapBytes} bytes, memoryLimitMb allows ${memoryLimitBytes}`)
    // Files come first, for native libraries are among them, and the heap last, for loading those writes to it.
    const runs = await source.take(index.runsBytes)
    const contents = await decodeContents(source, index.files)
    const orphans = restoreFiles(module, index.files, contents)
    restoreHeap(module, `${image}heap.bin`, await this.#libraries.restore(index.native))
    await this.#patchHeap(source, index, runs)
    restoreObjects(module, objects, index.objects)
    restoreOpenFiles(module, index.openFiles, orphans)
    this.#setClock(index.clockMs)
    this.#parts.connect()
    quota.exempt = index.exempt
    python.woken?.()
  }

  async #patchHeap(
    source: Decompressed,
    { heapBytes, dataBytes }: StateIndex,
    runs: Uint8Array,
  ): Promise<void> {
    const { module } = this.#parts
    if (module.HEAPU8.length < heapBytes) module.growMemory(heapBytes)
    if (module.HEAPU8.length < heapBytes) throw new Error('there is not enough memory for it')
    const patch = new HeapPatch(module.HEAPU8.subarray(0, heapBytes), runs, dataBytes)
    await source.pass(dataBytes, (bytes) => patch.write(bytes))
    await source.end()
  }

  /** `time.monotonic()` must not go back. */
  #setClock(clockMs: number): void {
    this.#clockMs = Math.max(0, clockMs - now())
    const ahead = this.#clockMs
    performance.now = () => now() + ahead
  }
}

function messageOf(error: unknown): string {
  return (error instanceof Error ? error.message : String(error)).slice(0, 2000)
}
