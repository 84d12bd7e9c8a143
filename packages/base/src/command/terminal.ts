import type { WriteStream } from 'node:tty'
import pico from 'picocolors'

/** A standard stream of ours, which need not be a terminal. */
type Stream = NodeJS.WriteStream & { readonly isTTY?: boolean }

/** May this stream have colours? Only a terminal that has not been asked to be plain. */
export function hasColours(stream: Stream): boolean {
  return isTerminal(stream) && !process.env.NO_COLOR
}

/** Is this a terminal that understands more than lines? */
export function isTerminal(stream: Stream): stream is Stream & WriteStream {
  return stream.isTTY === true && process.env.TERM !== 'dumb'
}

/** Colours for this stream, or functions that leave the text alone. */
export function paint(stream: Stream): ReturnType<typeof pico.createColors> {
  return pico.createColors(hasColours(stream))
}

/** What says one thing of our own on standard error, under the name of the command. A reader that has gone is no reason to fail. */
export function sayAs(command: string): (message: string) => void {
  return (message) => {
    process.stderr.write(`${paint(process.stderr).bold(`${command}:`)} ${message}\n`)
  }
}
