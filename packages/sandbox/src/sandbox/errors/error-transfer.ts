import * as errors from './errors.ts'

/** An error as data, to be thrown again on another thread. */
export interface PlainError {
  readonly name: string
  readonly message: string
  readonly stack: string
  /** The own fields of the error, such as `code` and `folder`. */
  readonly fields: Readonly<Record<string, unknown>>
}

/** Structured cloning keeps of an error only its message: this keeps its class and its fields. */
export function plainError(error: unknown): PlainError {
  if (!(error instanceof Error)) return { name: 'Error', message: String(error), stack: '', fields: {} }
  const { cause: _cause, ...fields } = { ...error }
  return { name: error.name, message: error.message, stack: error.stack ?? '', fields }
}

/** The error again, of the same class when it is one of ours. */
export function restoreError({ name, message, stack, fields }: PlainError): Error {
  const known: unknown = Reflect.get(errors, name)
  const prototype = typeof known === 'function' ? (known.prototype as object) : Error.prototype
  const error = Object.create(prototype) as Error
  const own = { message: { value: message }, stack: { value: stack } }
  return Object.assign(Object.defineProperties(error, own), fields)
}
