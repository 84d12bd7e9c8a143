import { execFile } from 'node:child_process'
import { closeSync, constants, openSync } from 'node:fs'
import { rm } from 'node:fs/promises'
import { Socket } from 'node:net'
import { promisify } from 'node:util'

const { O_RDONLY, O_WRONLY, O_NONBLOCK } = constants

/** Both ends of a pipe: ours as a stream, the program's as a descriptor that is to be closed when it has started. */
export interface Pipe {
  readonly ours: Socket
  readonly theirs: number
}

/**
 * Pipes of the kernel, one for each path, by way of names that are gone afterwards. Node's own are sockets, which a
 * program cannot open as `/dev/stderr`. `to` says who reads.
 */
export async function makePipes(
  wanted: readonly { readonly path: string; readonly to: 'program' | 'host' }[],
): Promise<Pipe[]> {
  const paths = wanted.map(({ path }) => path)
  if (paths.length === 0) return []
  await promisify(execFile)('mkfifo', ['-m', '600', ...paths], { env: { PATH: '/usr/bin:/bin' } })
  const pipes: Pipe[] = []
  try {
    for (const { path, to } of wanted) pipes.push(to === 'host' ? fromProgram(path) : toProgram(path))
    return pipes
  } catch (error) {
    for (const { ours, theirs } of pipes) {
      ours.destroy()
      closeSync(theirs)
    }
    throw error
  } finally {
    for (const path of paths) await rm(path, { force: true })
  }
}

/** Opening waits for the other end, unless it is not to wait: so the reading end comes first. */
function fromProgram(path: string): Pipe {
  const fd = openSync(path, O_RDONLY | O_NONBLOCK)
  const theirs = openSync(path, O_WRONLY)
  return { ours: new Socket({ fd, readable: true, writable: false }), theirs }
}

/** A program expects that reading waits, which belongs to the end that it gets: a third one opens the way. */
function toProgram(path: string): Pipe {
  const opener = openSync(path, O_RDONLY | O_NONBLOCK)
  const fd = openSync(path, O_WRONLY | O_NONBLOCK)
  const theirs = openSync(path, O_RDONLY)
  closeSync(opener)
  return { ours: new Socket({ fd, readable: false, writable: true }), theirs }
}
