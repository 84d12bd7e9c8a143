import type { InstallMessage } from '../../protocol/host-messages.ts'
import type { PyodideModule, PyProxy } from '../pyodide-module.ts'

const PACKAGE = '/tmp/.package.whl'

/** What became of wheels: the modules at the top of each, or the wheel that is no good. */
export interface Installed {
  readonly modules: readonly (readonly string[])[]
  readonly failure: { readonly wheel: string; readonly reason: string } | null
}

/** Where packages go: a Python, and its module `agentchat.cell.session`. */
interface Target {
  readonly module: PyodideModule
  readonly python: Readonly<Record<string, PyProxy>>
}

/** Unpacks wheels, whose bytes lie back to back in `pieces`, into `site-packages`. */
export function installWheels(
  { module, python }: Target,
  pieces: readonly Uint8Array[],
  { wheels, maxBytes }: InstallMessage,
): Installed {
  const { FS, API } = module
  const modules: (readonly string[])[] = []
  const take = taker(pieces)
  let left = maxBytes
  for (const { fileName, bytes } of wheels) {
    FS.writeFile(PACKAGE, take(bytes), { canOwn: true })
    const outcome = JSON.parse(String(python.unpack?.(PACKAGE, API.sitePackages, left))) as
      | { readonly error: string }
      | { readonly bytes: number; readonly modules: readonly string[] }
    FS.unlink(PACKAGE)
    if ('error' in outcome) return { modules: [], failure: { wheel: fileName, reason: outcome.error } }
    left -= outcome.bytes
    modules.push(outcome.modules)
  }
  return { modules, failure: null }
}

/** Gives the next bytes, as one piece. */
function taker(pieces: readonly Uint8Array[]): (count: number) => Uint8Array {
  let piece = 0
  let at = 0
  return (count) => {
    const bytes = new Uint8Array(count)
    for (let filled = 0; filled < count; ) {
      const part = (pieces[piece] ?? new Uint8Array()).subarray(at, at + count - filled)
      if (part.length === 0 && piece >= pieces.length) throw new Error('Cannot install: the wheels are cut')
      bytes.set(part, filled)
      filled += part.length
      at += part.length
      if (at < (pieces[piece]?.length ?? 0)) continue
      piece += 1
      at = 0
    }
    return bytes
  }
}
