/**
 * A value that is made when it is first asked for. Schemas are kept so: those that a program never needs cost it nothing,
 * and loading the library takes half the time.
 */
export function late<Value>(make: () => Value): () => Value {
  let made: { readonly value: Value } | undefined
  return () => {
    made ??= { value: make() }
    return made.value
  }
}
