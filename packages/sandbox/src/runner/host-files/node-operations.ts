import type { EmscriptenFs } from '../pyodide-module.ts'
import { denoFiles } from './deno-files.ts'
import { errno } from './errno.ts'
import type { FileErrors } from './file-errors.ts'
import type { FileAttributes, FileInfo } from './file-info.ts'
import { type AttributeChange, type HostNode, type HostOperations, makeHostNode } from './host-node.ts'
import type { Place, Places } from './places.ts'
import type { WriteQuota } from './write-quota.ts'

/** Everything that the operations work with. */
export interface HostFilesParts {
  readonly fs: EmscriptenFs
  readonly places: Places
  readonly info: FileInfo
  readonly errors: FileErrors
  readonly quota: WriteQuota
}

const S_IFMT = 0o170000
const S_IFDIR = 0o040000
const S_IFREG = 0o100000

/** The operations on names: Emscripten's `node_ops`, over the host. */
export class NodeOperations {
  readonly #parts: HostFilesParts
  readonly #operations: HostOperations
  #renamed: HostNode | null = null

  constructor(parts: HostFilesParts, stream: object) {
    this.#parts = parts
    this.#operations = { node: this, stream }
  }

  /** The node at the top of what is granted. */
  root(place: Place): HostNode {
    const found = this.#parts.info.at(place)
    return makeHostNode(this.#parts.fs, null, { name: '/', place, found }, this.#operations)
  }

  readonly getattr = (node: HostNode): FileAttributes => {
    const { found } = node
    node.found = null
    return found ?? this.#parts.info.at(node.place)
  }

  readonly setattr = (node: HostNode, change: AttributeChange): void => {
    const { mode, size, dontFollow } = change
    const { errors } = this.#parts
    const { host, python } = node.place
    node.found = null
    if (mode !== undefined) {
      if (dontFollow) throw errors.make(errno('ENOSYS'))
      this.#chmod(node, mode)
    }
    if (size !== undefined) this.#resize(node, size)
    if (typeof (change.atime ?? change.mtime) === 'number') {
      const old = this.#parts.info.at(node.place)
      const atime = new Date(change.atime ?? old.atime)
      const mtime = new Date(change.mtime ?? old.mtime)
      errors.turning('allowWrite', python, () => denoFiles.utimeSync(host, atime, mtime))
    }
  }

  readonly lookup = (parent: HostNode, name: string): HostNode => {
    this.#forgetRenamed()
    const place = this.#parts.places.child(parent.place, name)
    const found = this.#parts.info.at(place)
    return makeHostNode(this.#parts.fs, parent, { name, place, found }, this.#operations)
  }

  readonly mknod = (parent: HostNode, name: string, mode: number): HostNode => {
    const { errors, quota, places } = this.#parts
    const place = places.child(parent.place, name)
    const type = mode & S_IFMT
    if (type !== S_IFDIR && type !== S_IFREG) throw errors.make(errno('EPERM'))
    quota.making(() =>
      errors.turning('allowWrite', place.python, () => {
        if (type === S_IFDIR) denoFiles.mkdirSync(place.host, { mode: mode & 0o777 })
        else denoFiles.openSync(place.host, { write: true, createNew: true }).close()
      }),
    )
    const node = this.lookup(parent, name)
    node.fresh = type === S_IFREG
    return node
  }

  readonly rename = (oldNode: HostNode, newParent: HostNode, newName: string): void => {
    const { errors, quota, places } = this.#parts
    const target = places.child(newParent.place, newName)
    // Emscripten keeps a node that was renamed, and would find it again after it has changed on the host.
    this.#forgetRenamed()
    this.#renamed = oldNode
    const replaces = this.#exists(target)
    errors.turning('allowWrite', target.python, () => denoFiles.renameSync(oldNode.place.host, target.host))
    if (replaces) quota.removed()
  }

  readonly unlink = (parent: HostNode, name: string): void => this.#remove(parent, name)

  readonly rmdir = (parent: HostNode, name: string): void => this.#remove(parent, name)

  readonly readdir = ({ place }: HostNode): string[] =>
    this.#parts.errors.turning('allowRead', place.python, () => {
      const names = ['.', '..']
      for (const { name } of denoFiles.readDirSync(place.host)) {
        // The bytes are not valid text: no path could name this entry.
        if (!name.includes('\ufffd')) names.push(name)
      }
      return names
    })

  readonly symlink = (parent: HostNode, name: string, text: string): HostNode => {
    const { errors, quota, places } = this.#parts
    const place = places.child(parent.place, name)
    quota.making(() =>
      errors.turning('allowWrite', place.python, () => denoFiles.symlinkSync(text, place.host)),
    )
    return this.lookup(parent, name)
  }

  /** Where Emscripten goes on when it follows the link. */
  readonly readlink = (node: HostNode): string => this.#parts.places.follow(node.place)

  #exists(place: Place): boolean {
    try {
      this.#parts.info.at(place)
      return true
    } catch {
      return false
    }
  }

  #remove(parent: HostNode, name: string): void {
    const { errors, quota, places } = this.#parts
    const place = places.child(parent.place, name)
    errors.turning('allowWrite', place.python, () => denoFiles.removeSync(place.host))
    quota.removed()
  }

  #chmod(node: HostNode, mode: number): void {
    const { errors, info } = this.#parts
    const { host, python } = node.place
    // A program must not leave a file that runs as its owner (setuid).
    let bits = mode & 0o777
    if (node.fresh) {
      node.fresh = false
      // The mode that a new file was opened with: it takes from what the umask of the host left, and adds nothing.
      const made = info.at(node.place).mode & 0o777
      if (made === (made & bits)) return
      bits &= made
    }
    errors.turning('allowWrite', python, () => denoFiles.chmodSync(host, bits))
  }

  #resize(node: HostNode, size: number): void {
    const { errors, info, quota } = this.#parts
    const { host, python } = node.place
    const growth = Math.max(0, size - info.at(node.place).size)
    errors.turning('allowWrite', python, () => {
      // Tells first whether it may be done at all.
      denoFiles.openSync(host, { write: true }).close()
      quota.takeAllBytes(growth)
      denoFiles.truncateSync(host, size)
    })
  }

  #forgetRenamed(): void {
    if (this.#renamed !== null) this.#parts.fs.hashRemoveNode(this.#renamed)
    this.#renamed = null
  }
}
