import type { EmscriptenFs, FileNode } from '../pyodide-module.ts'
import type { FileAttributes } from './file-info.ts'
import type { Place } from './places.ts'

/** What Emscripten asks to be changed; times in milliseconds. */
export interface AttributeChange {
  readonly mode?: number
  readonly size?: number
  readonly atime?: number | null
  readonly mtime?: number | null
  readonly dontFollow?: boolean
}

/** A node of Emscripten's file system that stands for something on the host. */
export interface HostNode extends FileNode {
  readonly place: Place
  /** What was found when it was looked up; used once, because it is true for a moment only. */
  found: FileAttributes | null
  /** Made a moment ago by opening it, with the mode still to come. */
  fresh: boolean
  node_ops: HostOperations['node']
}

/** What the nodes of host files can do. */
export interface HostOperations {
  readonly node: { setattr(node: HostNode, change: AttributeChange): void }
  readonly stream: object
}

/**
 * Makes a node that Emscripten does not keep: each step of each path is looked up again, so that what changes on the
 * host, above all a folder that becomes a link, is never taken for what it was.
 */
export function makeHostNode(
  fs: EmscriptenFs,
  parent: FileNode | null,
  facts: { readonly name: string; readonly place: Place; readonly found: FileAttributes },
  operations: HostOperations,
): HostNode {
  const { name, place, found } = facts
  const node = new fs.FSNode(parent, name, found.mode, 0)
  return Object.assign(node, {
    node_ops: operations.node,
    stream_ops: operations.stream,
    place,
    found,
    fresh: false,
  })
}
