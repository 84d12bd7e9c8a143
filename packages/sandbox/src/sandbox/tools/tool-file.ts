import { InvalidOptionsError } from '../errors/errors.ts'
import { problemOfFileName } from '../files/workspace-path.ts'

/** Where the bytes of a file are: here, or in a file of the host. */
export type ToolFileSource = { readonly bytes: Uint8Array } | { readonly path: string }

/**
 * A result that is too large for JSON, or no text: a file for the working folder of the code. Python gets its path.
 * Bytes that a tool gives without a name become such a file too.
 */
export class ToolFile {
  /** Relative to the working folder. */
  readonly name: string
  readonly source: ToolFileSource

  /**
   * `contents` are bytes, a text, or the path of a file of the host, which is read when Python takes it.
   * @throws InvalidOptionsError when the name leads out of the working folder
   */
  constructor(name: string, contents: Uint8Array | string | { readonly path: string }) {
    const problem = problemOfFileName(name)
    if (problem !== null) throw new InvalidOptionsError('arguments', [{ path: 'name', problem }])
    this.name = name
    if (typeof contents === 'string') this.source = { bytes: Buffer.from(contents, 'utf8') }
    else this.source = contents instanceof Uint8Array ? { bytes: contents } : { path: contents.path }
  }
}
