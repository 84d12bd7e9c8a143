// What the peers do, for comparison: a new Deno process calls loadPyodide() and runs the program.
// deno run -A naive.mjs <folder of pyodide> <program>: runs it and ends.
// deno run -A naive.mjs <folder of pyodide>: runs programs that come as JSON lines, and answers each with a line.
const [folder, program] = Deno.args
const { loadPyodide } = await import(`${folder}/pyodide.mjs`)
const pyodide = await loadPyodide({ indexURL: `${folder}/` })

if (program === undefined) await serve()
else await pyodide.runPythonAsync(program)
Deno.exit(0)

/** Answers `{"program": "..."}` with how long it took, in seconds, and its last expression when it is a number. */
async function serve() {
  pyodide.setStdout({ batched: () => {} })
  console.log('{"ready":true}')
  let text = ''
  for await (const piece of Deno.stdin.readable.pipeThrough(new TextDecoderStream())) {
    const lines = (text + piece).split('\n')
    text = lines.pop() ?? ''
    for (const line of lines) await answer(JSON.parse(line))
  }
}

/** @param {{ program: string }} request */
async function answer(request) {
  const started = performance.now()
  const value = await pyodide.runPythonAsync(request.program)
  const seconds = (performance.now() - started) / 1000
  console.log(JSON.stringify({ seconds, value: typeof value === 'number' ? value : null }))
}
