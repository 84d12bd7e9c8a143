import { collect, type PythonSession } from 'agentchat-sandbox'

/** What is another than in the session that is wrapped. */
export interface OwnWays {
  /** Goes before everything that may need a worker, each time; what it gives is disposed when that is over. */
  readonly hold?: (signal: AbortSignal | undefined) => Promise<Disposable>
  readonly stream?: PythonSession['stream']
  /** In place of closing the session that is wrapped. */
  readonly close: () => Promise<void>
}

const NOTHING: Disposable = { [Symbol.dispose]: () => {} }

/** A session with ways of its own to run code and to be closed. */
export function wrappedSession(
  inner: PythonSession,
  { hold = async () => NOTHING, stream = (code, options) => inner.stream(code, options), close }: OwnWays,
): PythonSession {
  const run: PythonSession['stream'] = async function* (code, options) {
    using _held = await hold(options?.signal)
    yield* stream(code, options)
  }
  const after = async <Value>(work: () => Promise<Value>): Promise<Value> => {
    using _held = await hold(undefined)
    return await work()
  }
  return {
    get id() {
      return inner.id
    },
    get live() {
      return inner.live
    },
    files: {
      read: (name) => after(() => inner.files.read(name)),
      async *stream(name) {
        using _held = await hold(undefined)
        yield* inner.files.stream(name)
      },
      write: (name, input) => after(() => inner.files.write(name, input)),
      list: (name) => after(() => inner.files.list(name)),
      stat: (name) => after(() => inner.files.stat(name)),
      remove: (name) => after(() => inner.files.remove(name)),
    },
    start: () => after(() => inner.start()),
    stream: run,
    execute: (code, options) => collect(run(code, options)),
    save: () => after(() => inner.save()),
    fork: (options) => after(() => inner.fork(options)),
    rewind: (count) => after(() => inner.rewind(count)),
    install: (...packages) => after(() => inner.install(...packages)),
    rest: () => inner.rest(),
    close,
    [Symbol.asyncDispose]: close,
  }
}
