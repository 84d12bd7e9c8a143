import { destination, type Logger as PinoLogger, pino } from 'pino'

/** Where the service says what happens: an event name and fields. Code of users and its output are never in it. */
export interface Logger {
  debug(fields: Readonly<Record<string, unknown>>, event: string): void
  info(fields: Readonly<Record<string, unknown>>, event: string): void
  warn(fields: Readonly<Record<string, unknown>>, event: string): void
  error(fields: Readonly<Record<string, unknown>>, event: string): void
}

/** How much is said. */
export type LogLevel = 'debug' | 'info' | 'warn' | 'error' | 'silent'

/** A logger that writes one JSON document a line to standard error. */
export function createLogger(level: LogLevel): Logger {
  const logger: PinoLogger = pino(
    {
      level,
      base: null,
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
      messageKey: 'event',
      redact: { paths: ['password', 'secret', 'authorization', 'cookie', 'key'], censor: '[masked]' },
    },
    destination({ dest: 2, sync: true }),
  )
  return logger
}

/** A logger that says nothing. */
export const silentLogger: Logger = { debug() {}, info() {}, warn() {}, error() {} }

/** Where a defect is: the same for an error with its stack. */
export function loggableStack(error: unknown): string {
  if (!(error instanceof Error)) return loggable(error)
  if ('query' in error && 'params' in error && error.cause !== undefined) return loggableStack(error.cause)
  return error.stack ?? loggable(error)
}

/**
 * An error as it may be logged. One of a query tells its query with every value in it, code of users and secrets among
 * them: of that only what the database said is left.
 */
export function loggable(error: unknown): string {
  if (!(error instanceof Error))
    return typeof error === 'string' ? error : 'something that is no error was thrown'
  if ('query' in error && 'params' in error && error.cause !== undefined)
    return `query: ${loggable(error.cause)}`
  const code = 'code' in error && typeof error.code === 'string' ? ` (${error.code})` : ''
  return `${error.name}: ${error.message}${code}`
}
