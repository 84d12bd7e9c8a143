// The control: what an embedder writes on the first day. A program for Deno that loads Pyodide, runs what comes on
// standard input and prints the outcome as a line of JSON. `<folder>` holds Pyodide and a snapshot, which only lets it
// start sooner; with `--make-snapshot` that is written instead.
declare const Deno: {
  readonly args: readonly string[]
  readonly stdin: { readonly readable: ReadableStream }
  exit(code: number): never
  readFileSync(path: string): Uint8Array
  writeFileSync(path: string, bytes: Uint8Array): void
}

const [folder, make] = Deno.args
const snapshot = `${folder}/snapshot.bin`
const { loadPyodide } = await import(`${folder}/pyodide.mjs`)

if (make === '--make-snapshot') {
  const pyodide = await loadPyodide({ indexURL: `${folder}/`, _makeSnapshot: true })
  Deno.writeFileSync(snapshot, pyodide.makeMemorySnapshot())
  Deno.exit(0)
}

const output = { stdout: '', stderr: '' }
const pyodide = await loadPyodide({ indexURL: `${folder}/`, _loadSnapshot: Deno.readFileSync(snapshot) })
Object.assign(globalThis, { pyodide })
pyodide.setStdout({ write: collect('stdout') })
pyodide.setStderr({ write: collect('stderr') })
console.log('{"ready":true}')
const program = await new Response(Deno.stdin.readable).text()
console.log(JSON.stringify(await outcomeOf(program)))

function collect(name: 'stdout' | 'stderr') {
  const decoder = new TextDecoder()
  return (bytes: Uint8Array) => {
    output[name] += decoder.decode(bytes, { stream: true })
    return bytes.length
  }
}

async function outcomeOf(code: string): Promise<object> {
  try {
    const value = await pyodide.runPythonAsync(code)
    const result = value?.toJs ? value.toJs({ dict_converter: Object.fromEntries }) : (value ?? null)
    return { status: 'success', result, ...output, error: null }
  } catch (error) {
    const { type: name, message: text } = error as Error & { type?: string }
    const message = String(text).slice(-2000)
    return {
      status: 'error',
      result: null,
      ...output,
      error: { kind: 'exception', name, message },
    }
  }
}
