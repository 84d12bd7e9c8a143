// Plain Pyodide in Deno: reads { files, program } as JSON, writes what Python wrote. Started by ./main.mjs.
const { indexURL, folder, names, program } = JSON.parse(Deno.readTextFileSync(Deno.args[0]))
const { loadPyodide } = await import(`${indexURL}/pyodide.mjs`)
const pyodide = await loadPyodide({ indexURL, stdout: (text) => console.log(text), stderr: () => {} })
for (const name of names) {
  const path = `/workspace/${name}`
  pyodide.FS.mkdirTree(path.slice(0, path.lastIndexOf('/')))
  pyodide.FS.writeFile(path, Deno.readFileSync(`${folder}/${name.slice('test/'.length)}`))
}
pyodide.FS.chdir('/workspace')
await pyodide.runPythonAsync(program)
