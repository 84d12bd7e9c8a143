import type { ExtractSchema } from 'hono/types'
import type { z } from 'zod'
import type { App } from '../../src/http/api-routes.ts'
import type { problemSchema } from '../../src/http/problem.ts'

type Schema = ExtractSchema<App>

/** What each operation of the service may answer, as its routes declare it. */
type Outputs = {
  [Path in keyof Schema]: {
    [Method in keyof Schema[Path]]: Schema[Path][Method] extends { output: infer Output } ? Output : never
  }[keyof Schema[Path]]
}[keyof Schema]

/** The objects of a union, with the fields that they name. */
type Named<Union> = Union extends readonly unknown[]
  ? never
  : Union extends object
    ? WithoutIndex<Union>
    : never
type WithoutIndex<Type> = { [Key in keyof Type as string extends Key ? never : Key]: Type[Key] }

type KeysOf<Union> = Union extends unknown ? keyof Union : never
type At<Union, Key extends PropertyKey> = Union extends unknown
  ? Key extends keyof Union
    ? Known<Union[Key]>
    : never
  : never
/** What is declared as anything says nothing beside what is declared. */
type Known<Value> = unknown extends Value ? never : Value

/** One object with the fields of all the objects of a union: which one a test has got it says by what it expects. */
type Merged<Union> = { readonly [Key in KeysOf<Union>]: Field<NonNullable<At<Union, Key>>> }
type Field<Value> = [Value] extends [never] ? unknown : Declared<Value>
type Declared<Value> =
  | (Value extends object ? never : Value)
  | ([Extract<Value, readonly unknown[]>] extends [never] ? never : readonly Field<ItemOf<Value>>[])
  | ([Named<Value>] extends [never] ? never : Merged<Named<Value>>)
type ItemOf<Value> = Value extends readonly (infer Item)[] ? Item : never

/** The body of an answer: every field that an operation declares, with the type that it declares. */
export type AnswerBody = Merged<Named<Outputs> | z.output<typeof problemSchema>>
