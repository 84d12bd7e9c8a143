import type { LoaderModule } from './module.ts'

const offering = new WeakSet<object>()

/**
 * Lets libraries find the symbols of Python itself, before their own of the same name, as in an unedited Pyodide. There
 * all 8,500 are entered into the offset table at each start; here each is when a library first asks for it. Once is enough.
 */
export function offerMainSymbols(module: LoaderModule): void {
  const { GOT, mainExports } = module
  if (offering.has(GOT)) return
  offering.add(GOT)
  const lookUp = (name: string): WebAssembly.Global | undefined => {
    if (!Object.hasOwn(mainExports, name) || module.isInternalSym(name)) return undefined
    const address = addressOf(module, mainExports[name])
    if (address === null) return undefined
    const entry = new WebAssembly.Global({ value: 'i32', mutable: true }, address)
    GOT[name] = entry
    return entry
  }
  const fallback = new Proxy(Object.create(null) as object, {
    get: (_target, name) => (typeof name === 'string' ? lookUp(name) : undefined),
    // An assignment to an entry that is missing must reach the table and not end here.
    set: (_target, name, value, receiver) =>
      Reflect.defineProperty(receiver as object, name, {
        value,
        writable: true,
        enumerable: true,
        configurable: true,
      }),
  })
  Object.setPrototypeOf(GOT, fallback)
}

function addressOf(module: LoaderModule, symbol: WebAssembly.ExportValue | undefined): number | null {
  if (typeof symbol === 'function') return module.addFunction(symbol as () => unknown)
  if (symbol instanceof WebAssembly.Global && typeof symbol.value === 'number') return symbol.value
  return null
}
