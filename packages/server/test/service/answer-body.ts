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

type ObjectsOf<Union> = Union extends readonly unknown[] ? never : Union extends object ? Union : never
type ItemOf<Union> = Union extends readonly (infer Item)[] ? Item : never
type NamesOf<Type> = keyof { [Key in keyof Type as string extends Key ? never : Key]: true }
type NamesOfAll<Union> = Union extends unknown ? NamesOf<Union> : never
type At<Union, Name> = Union extends unknown
  ? Name extends NamesOf<Union>
    ? Known<Union[Name]>
    : never
  : never
/** What is declared as anything says nothing beside what is declared. */
type Known<Value> = unknown extends Value ? never : Value
/** What may have fields of any name. */
type Open<Union> = Union extends unknown ? (string extends keyof Union ? true : never) : never

/** One object with the fields of all the objects of a union: which one a test has got it says by what it expects. */
type Merged<Union> = { readonly [Name in NamesOfAll<Union>]: Field<NonNullable<At<Union, Name>>> } & ([
  Open<Union>,
] extends [never]
  ? object
  : { readonly [name: string]: unknown })

type Field<Value> = [Value] extends [never] ? unknown : Declared<Value>
type Declared<Value> =
  | (Value extends object ? never : Value)
  | ([ItemOf<Value>] extends [never] ? never : readonly Field<ItemOf<Value>>[])
  | ([ObjectsOf<Value>] extends [never] ? never : Merged<ObjectsOf<Value>>)

/** The body of an answer: every field that an operation declares, with the type that it declares. */
export type AnswerBody = Merged<ObjectsOf<Outputs> | z.output<typeof problemSchema>>
