/** Words of Python that can be no name. */
const KEYWORDS =
  words(`False None True and as assert async await break class continue def del elif else except finally for
  from global if import in is lambda nonlocal not or pass raise return try while with yield`)

/** Functions and types that every program counts on: a tool of that name would take it away from all code. */
const BUILTINS =
  words(`abs aiter all anext any ascii bin bool breakpoint bytearray bytes callable chr classmethod compile
  complex copyright credits delattr dict dir display divmod enumerate eval exec exit filter float format frozenset getattr
  globals hasattr hash help hex id input int isinstance issubclass iter len license list locals map max memoryview min next
  object oct open ord pow print property quit range repr reversed round set setattr slice sorted staticmethod str sum super
  tuple type vars zip Ellipsis NotImplemented ToolError`)

/** Every exception of Python, and every warning, is called so. */
const EXCEPTION =
  /^(?:[A-Z][A-Za-z]*(?:Error|Warning|Exception)|Warning|ExceptionGroup|BaseExceptionGroup|GeneratorExit|KeyboardInterrupt|StopAsyncIteration|StopIteration|SystemExit)$/

/** Why a tool cannot be called so in Python; null when it can. */
export function problemOfToolName(name: string): string | null {
  if (!/^[A-Za-z][A-Za-z0-9_]{0,63}$/.test(name))
    return 'must be a name in Python of at most 64 letters, digits and "_"'
  if (KEYWORDS.has(name)) return 'is a word of Python'
  if (BUILTINS.has(name) || EXCEPTION.test(name)) return 'is the name of a builtin of Python'
  return null
}

function words(text: string): ReadonlySet<string> {
  return new Set(text.split(/\s+/))
}
