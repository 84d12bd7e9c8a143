import { z } from 'zod'
import { late } from '../../protocol/late.ts'
import { CallError } from './call-error.ts'
import type { HostService } from './host-service.ts'

/** Lines that one execution may ask for, and questions of it that may wait for an answer; Python asks one at a time. */
const MAX_QUESTIONS = 100_000
const MAX_WAITING = 16

/** Longest line that is handed to Python, in characters. */
const MAX_LINE_CHARS = 100_000

const requestSchema = late(() => z.strictObject({ prompt: z.string().max(20_000) }))

/** Gives the next line of standard input, or null at its end. `prompt` is what Python's `input()` was called with. */
export type LineSource = (prompt: string) => string | null | Promise<string | null>

/** Asks the caller of the execution for a line, each time that Python reads one. */
export class InputService implements HostService {
  #source: LineSource | null = null
  #asked = 0
  #waiting = 0

  readonly calls: HostService['calls'] = {
    'input.request': async (params) => {
      const { prompt } = requestSchema().parse(params)
      if (this.#source === null) return { value: null }
      const line = await this.#ask(this.#source, prompt)
      if (line !== null && line.length > MAX_LINE_CHARS) {
        throw new CallError('EMSGSIZE', `the line is longer than ${MAX_LINE_CHARS} characters`)
      }
      // Python reads lines: what comes after the first end of one would be lost in a surprising way.
      return { value: line === null ? null : (line.split(/\r?\n/, 1)[0] ?? '') }
    },
  }

  /** An execution begins, whose caller answers. */
  begin(source: LineSource | null): void {
    this.#source = source
    this.#asked = 0
  }

  close(): void {
    this.#source = null
  }

  async #ask(source: LineSource, prompt: string): Promise<string | null> {
    if (this.#waiting >= MAX_WAITING)
      throw new CallError('EAGAIN', `more than ${MAX_WAITING} lines are asked for at a time`)
    if (this.#asked >= MAX_QUESTIONS)
      throw new CallError('EDQUOT', `more than ${MAX_QUESTIONS} lines were asked for`)
    this.#asked += 1
    this.#waiting += 1
    try {
      return await source(prompt)
    } finally {
      this.#waiting -= 1
    }
  }
}
