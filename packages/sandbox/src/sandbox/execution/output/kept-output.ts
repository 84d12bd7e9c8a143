import { type Contents, KeptContents } from '../../files/kept-contents.ts'
import type { FullOutput, WholeStream } from '../../result/result.ts'

/** The whole of one output stream, on the host for as long as this object is held. */
export class KeptOutput implements WholeStream {
  readonly size: number
  readonly truncated: boolean
  readonly #kept: KeptContents

  constructor(name: string, facts: Pick<WholeStream, 'size' | 'truncated'>, contents: Contents) {
    this.size = facts.size
    this.truncated = facts.truncated
    this.#kept = new KeptContents(name, contents)
  }

  bytes(): Promise<Uint8Array> {
    return this.#kept.bytes()
  }

  text(): Promise<string> {
    return this.#kept.text()
  }

  stream(): AsyncGenerator<Uint8Array, void, void> {
    return this.#kept.stream()
  }

  static handOver(stream: WholeStream): Contents {
    return stream instanceof KeptOutput ? stream.#kept.handOver() : { missing: 'it was not kept' }
  }
}

/** What of the whole output crosses to another thread beside its facts. */
export interface FullOutputContents {
  readonly stdout: Contents
  readonly stderr: Contents
}

/** See `KeptFile.handOver`. */
export function handOverOutput(output: FullOutput | null): FullOutputContents | null {
  if (output === null) return null
  return { stdout: KeptOutput.handOver(output.stdout), stderr: KeptOutput.handOver(output.stderr) }
}

/** The whole output again, of the facts and the contents that have crossed. */
export function restoreOutput(
  facts: FullOutput | null,
  contents: FullOutputContents | null,
): FullOutput | null {
  if (facts === null || contents === null) return null
  return {
    stdout: new KeptOutput('stdout', facts.stdout, contents.stdout),
    stderr: new KeptOutput('stderr', facts.stderr, contents.stderr),
  }
}
