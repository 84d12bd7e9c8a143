/** What JSON can say. */
export type JsonValue = null | boolean | number | string | JsonValue[] | { [name: string]: JsonValue }

/** A JSON Schema, as an object. */
export type JsonSchema = { readonly [name: string]: JsonValue }
