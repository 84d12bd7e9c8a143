import type { HostFilesPlan, HostPlace } from '../../protocol/host-messages.ts'
import type { EmscriptenFs, FileMount, FileNode, PyodideModule } from '../pyodide-module.ts'
import { denoFiles } from './deno-files.ts'
import { FileErrors } from './file-errors.ts'
import { FileInfo } from './file-info.ts'
import type { HostNode } from './host-node.ts'
import { NodeOperations } from './node-operations.ts'
import { holds, Places } from './places.ts'
import { StreamOperations } from './stream-operations.ts'
import { WriteQuota } from './write-quota.ts'

const NEW_FILE = 0o100644

/** Puts what is granted of the host's files where Python looks for it: at its own absolute paths. */
export function mountHostFiles(module: PyodideModule, plan: HostFilesPlan): FileErrors {
  const fs = module.FS
  const errors = new FileErrors(fs)
  const places = new Places(plan, errors)
  const info = new FileInfo(places, errors)
  const quota = new WriteQuota(errors, plan.maxWriteBytes, plan.maxWriteFiles)
  const parts = { fs, places, info, errors, quota }
  const streams = new StreamOperations(parts, module)
  const nodes = new NodeOperations(parts, streams)
  const closed = new Set<FileNode>()
  for (const place of outermost(plan.places)) {
    for (const folder of missingAbove(place.path)) makeFolder(fs, folder, closed)
    const root = rootOrNull(nodes, place)
    if (root !== null) mountAt(fs, place, root)
  }
  for (const node of closed) closeFolder(node, errors)
  showLinks(fs, errors)
  return errors
}

/** Those inside another one are found on the way through it. */
function outermost(places: readonly HostPlace[]): HostPlace[] {
  return places.filter(({ path }) =>
    places.every((other) => other.path === path || other.kind === 'file' || !holds(other.path, path)),
  )
}

/** Null when it has gone since the sandbox was made. */
function rootOrNull(nodes: NodeOperations, { path, target }: HostPlace): HostNode | null {
  try {
    return nodes.root({ python: path, host: target })
  } catch {
    return null
  }
}

function mountAt(fs: EmscriptenFs, place: HostPlace, root: HostNode): void {
  if (place.kind === 'folder') {
    fs.mkdirTree(place.path)
    fs.mount({ mount: () => root }, {}, place.path)
    return
  }
  // Emscripten's own `mount` takes only folders, and does nothing else.
  const mount: FileMount = { type: {}, opts: {}, mountpoint: place.path, mounts: [], root }
  root.mount = mount
  fs.mknod(place.path, NEW_FILE, 0).mounted = mount
}

function* missingAbove(path: string): Generator<string> {
  for (let at = path.indexOf('/', 1); at > 0; at = path.indexOf('/', at + 1)) yield path.slice(0, at)
}

function makeFolder(fs: EmscriptenFs, path: string, made: Set<FileNode>): void {
  try {
    fs.mkdir(path)
  } catch {
    // The folder exists: it is Python's own, or was made for another grant.
    return
  }
  made.add(fs.lookupPath(path).node)
}

/** A folder that only leads to something granted: what a program put there would look as if it were on the host. */
function closeFolder(node: FileNode, errors: FileErrors): void {
  const refuse = () => {
    throw errors.refuse('allowWrite', pathOf(node))
  }
  node.node_ops = {
    ...node.node_ops,
    mknod: refuse,
    symlink: refuse,
    rename: refuse,
    unlink: refuse,
    rmdir: refuse,
  }
}

function pathOf(node: FileNode): string {
  return node.parent === node ? '' : `${pathOf(node.parent)}/${node.name}`
}

/** Reading a link shows its text; following it, which Emscripten does by the node's own operation, is another thing. */
function showLinks(fs: EmscriptenFs, errors: FileErrors): void {
  const readOwn = fs.readlink.bind(fs)
  fs.readlink = (path) => {
    const { node } = fs.lookupPath(path)
    if (!('place' in node)) return readOwn(path)
    const { place } = node as HostNode
    return errors.turning('allowRead', place.python, () => denoFiles.readLinkSync(place.host))
  }
}
