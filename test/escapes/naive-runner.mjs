// The control: what an embedder writes on the first day. A program for Deno that loads Pyodide, runs what comes on
// standard input and prints the outcome as a line of JSON. `<folder>` holds Pyodide and a snapshot, which only lets it
// start sooner; with `--make-snapshot` that is written instead.
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
globalThis.pyodide = pyodide
pyodide.setStdout({ write: collect('stdout') })
pyodide.setStderr({ write: collect('stderr') })
console.log('{"ready":true}')
const program = await new Response(Deno.stdin.readable).text()
console.log(JSON.stringify(await outcomeOf(program)))

/** @param {'stdout' | 'stderr'} name */
function collect(name) {
  const decoder = new TextDecoder()
  return (/** @type {Uint8Array} */ bytes) => {
    output[name] += decoder.decode(bytes, { stream: true })
    return bytes.length
  }
}

/** @param {string} code */
async function outcomeOf(code) {
  try {
    const value = await pyodide.runPythonAsync(code)
    const result = value?.toJs ? value.toJs({ dict_converter: Object.fromEntries }) : (value ?? null)
    return { status: 'success', result, ...output, error: null }
  } catch (error) {
    const message = String(error.message).slice(-2000)
    return {
      status: 'error',
      result: null,
      ...output,
      error: { kind: 'exception', name: error.type, message },
    }
  }
}
