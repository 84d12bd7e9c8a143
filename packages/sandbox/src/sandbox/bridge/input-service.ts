import { z } from 'zod'
import { CallError } from './call-error.ts'
import type { HostService } from './host-service.ts'

/** Longest line that is handed to Python, in characters. */
const MAX_LINE_CHARS = 100_000

const requestSchema = z.strictObject({ prompt: z.string().max(20_000) })

/** Gives the next line of standard input, or null at its end. `prompt` is what Python's `input()` was called with. */
export type LineSource = (prompt: string) => string | null | Promise<string | null>

/** Asks whoever runs the code for a line, each time that Python reads one. */
export class InputService implements HostService {
  /** Set while an execution runs whose caller answers. */
  source: LineSource | null = null

  readonly calls: HostService['calls'] = {
    'input.request': async (params) => {
      const { prompt } = requestSchema.parse(params)
      if (this.source === null) return { value: null }
      const line = await this.source(prompt)
      if (line !== null && line.length > MAX_LINE_CHARS) {
        throw new CallError('EMSGSIZE', `the line is longer than ${MAX_LINE_CHARS} characters`)
      }
      // Python reads lines: what comes after the first end of one would be lost in a surprising way.
      return { value: line === null ? null : (line.split(/\r?\n/, 1)[0] ?? '') }
    },
  }

  close(): void {
    this.source = null
  }
}
