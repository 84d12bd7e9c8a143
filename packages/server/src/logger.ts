import { RedactionCounter } from 'agentchat-sandbox-base/redaction/byte-redactor'
import { KnownSecrets } from 'agentchat-sandbox-base/redaction/known-secrets'
import { RedactorChain } from 'agentchat-sandbox-base/redaction/redactor-chain'
import { TextRedactor } from 'agentchat-sandbox-base/redaction/text-redactor'
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

/** What would show a line of a log in another way than it stands. */
const UNSEEN = /[\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff]/g

/** A line of a log as it may be written: nothing secret in it, and nothing that a terminal would not show. */
export function loggedLine(line: string, texts: TextRedactor | null): string {
  const shown = texts?.text(line) ?? line
  return shown.replace(UNSEEN, (unseen) => `\\u${unseen.charCodeAt(0).toString(16).padStart(4, '0')}`)
}

/**
 * A logger that writes one JSON document a line to standard error.
 * @param secrets values that are in no line, in whatever form; `listed` are those for which others look, too
 * @param around fields of what goes on around a line, such as its trace
 */
export function createLogger(
  level: LogLevel,
  { secrets, listed = [] }: { readonly secrets: readonly string[]; readonly listed?: readonly string[] },
  around: () => object | null = () => null,
): Logger {
  const texts = redactorOf([new KnownSecrets(secrets), KnownSecrets.shared(listed)])
  const stream = destination({ dest: 2, sync: true })
  const logger: PinoLogger = pino(
    {
      level,
      base: null,
      timestamp: () => `,"time":"${new Date().toISOString()}"`,
      formatters: { level: (label) => ({ level: label }) },
      messageKey: 'event',
      mixin: () => around() ?? {},
      redact: { paths: ['password', 'secret', 'authorization', 'cookie', 'key'], censor: '[masked]' },
    },
    { write: (line: string) => stream.write(loggedLine(line, texts)) },
  )
  return logger
}

function redactorOf(known: readonly KnownSecrets[]): TextRedactor | null {
  const redactors = known.flatMap((each) => (each.isEmpty ? [] : [each.redactor(new RedactionCounter())]))
  if (redactors.length === 0) return null
  return new TextRedactor(redactors.reduce((first, second) => new RedactorChain(first, second)))
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
