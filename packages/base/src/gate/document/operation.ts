import type { JsonValue } from './json.ts'

/** Where a parameter of an operation goes. */
export interface OperationParameter {
  readonly name: string
  /** What it is called among the arguments: two of one name in different places need different ones. */
  readonly argument: string
  readonly in: 'path' | 'query' | 'header'
  readonly style: 'simple' | 'form' | 'spaceDelimited' | 'pipeDelimited' | 'deepObject'
  readonly explode: boolean
}

/** One thing that a service can be asked, as a function with JSON arguments. */
export interface Operation {
  readonly id: string
  readonly method: string
  readonly path: string
  readonly description: string
  /** JSON Schema of the arguments. */
  readonly parameters: { readonly [key: string]: JsonValue }
  readonly inputs: readonly OperationParameter[]
  /** The body is the argument of this name, sent as this type; null where there is none. */
  readonly body: { readonly argument: string; readonly contentType: string } | null
}
