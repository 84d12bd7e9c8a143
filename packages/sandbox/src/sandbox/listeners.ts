import { z } from 'zod'
import { late } from '../protocol/late.ts'

/** Where the library says what it has to say. Code of a caller and its output are never in it. */
export interface Logger {
  /** `event` is a name such as `grant.warning`; the facts are in `fields`. */
  warn(fields: Readonly<Record<string, unknown>>, event: string): void
}

/** One step of a long preparation, such as building an image. */
export interface Progress {
  /** What is being done, in words for a person. */
  readonly stage: string
  /** Steps done, of `total`. */
  readonly done: number
  readonly total: number
}

/** The option `logger`. */
export const loggerSchema = late(() =>
  z.custom<Logger>(
    (value) =>
      typeof value === 'object' && value !== null && typeof Reflect.get(value, 'warn') === 'function',
    'must be an object with a method "warn"',
  ),
)

/** The option `onProgress`. */
export const progressListenerSchema = late(() =>
  z.custom<(progress: Progress) => void>((value) => typeof value === 'function', 'must be a function'),
)
