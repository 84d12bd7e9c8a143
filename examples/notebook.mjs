// Cells that run one after the other in one session, as in a notebook: values, what is shown, errors, and going back. After
// `npm run build`: node examples/notebook.mjs [a file with cells between lines "# %%"]
import { readFileSync } from 'node:fs'
import { PyodideSandbox } from 'agentchat-sandbox'

const CELLS = `
from html import escape
prices = {"tea": 3, "coffee": 4}
prices
# %%
class Table(dict):
    def _repr_html_(self):
        return "<table>" + "".join(f"<tr><td>{escape(k)}<td>{v}" for k, v in self.items()) + "</table>"
Table(prices)
# %%
prices.clear()
max(prices)
# %%
prices`

const [file] = process.argv.slice(2)
const cells = (file === undefined ? CELLS : readFileSync(file, 'utf8'))
  .split(/^# %%.*$/m)
  .map((cell) => cell.trim())
  .filter((cell) => cell !== '')

const sandbox = new PyodideSandbox({ timeoutSeconds: 30 })
const session = sandbox.session({ checkpoints: true })
try {
  for (const [index, cell] of cells.entries()) {
    const number = index + 1
    console.log(`In [${number}]: ${cell.replaceAll('\n', '\n        ')}`)
    const { stdout, resultText, displays, error } = await session.execute(cell)
    if (stdout !== '') console.log(stdout.trimEnd())
    if (resultText !== null) console.log(`Out[${number}]: ${resultText}`)
    for (const { mime, data } of displays) console.log(`${mime}: ${String(data).slice(0, 200)}`)
    if (error === null) continue
    // What the cell did before it failed is undone: the next one finds Python as it was.
    console.log(`${error.name}: ${error.message} (line ${error.line})`)
    await session.rewind(1)
  }
  // What `save` gives goes on in another process, too: sandbox.session({ sessionBytes, sessionMetadata }).
  const { sessionMetadata } = await session.save()
  console.log('Python has:', sessionMetadata.names.map(({ name }) => name).join(', '))
} finally {
  await sandbox.close()
}
