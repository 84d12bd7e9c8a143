/** One file, folder or link of Emscripten's in-memory file system. */
export interface MemoryNode {
  readonly id: number
  readonly mode: number
  readonly mounted: object | null
  /** Milliseconds since 1970; a write sets `ctime` and `mtime`. */
  ctime: number
  readonly mtime: number
  /** A folder's nodes by name; a file's bytes, of which `usedBytes` count. */
  contents: Record<string, MemoryNode> | Uint8Array<ArrayBuffer> | Int8Array<ArrayBuffer> | undefined
  readonly usedBytes: number
}

interface FileOperations {
  readonly node: { setattr(node: MemoryNode, attributes: { readonly size?: number }): void }
  readonly stream: {
    write(
      stream: { readonly node: MemoryNode },
      buffer: Uint8Array,
      offset: number,
      length: number,
      position: number,
      canOwn?: boolean,
    ): number
  }
}

interface FolderOperations {
  readonly node: {
    lookup(parent: MemoryNode, name: string): MemoryNode
    mknod(parent: MemoryNode, name: string, mode: number, device: number): MemoryNode
    symlink(parent: MemoryNode, name: string, target: string): MemoryNode
    rename(node: MemoryNode, folder: MemoryNode, name: string): void
  }
}

/** Emscripten's in-memory file system: the operations that all its files, and all its folders, share. */
export interface MemoryFileSystem {
  readonly ops_table: { readonly file: FileOperations; readonly dir: FolderOperations }
}
