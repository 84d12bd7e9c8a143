// A client of the Model Context Protocol that starts the server, runs Python, and reads a file that it made.
// After `npm run build`: node examples/mcp-client.mjs
import { createRequire } from 'node:module'
import { Client } from '@modelcontextprotocol/client'
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio'

const manifest = createRequire(import.meta.url).resolve('agentchat-sandbox-mcp/package.json')
const command = manifest.replace('package.json', 'dist/cli/main.js')

const client = new Client({ name: 'example', version: '1.0.0' })
await client.connect(
  new StdioClientTransport({
    command: process.execPath,
    args: [command, '--timeout', '30'],
    env: { ...process.env },
  }),
)
const run = (code) => client.callTool({ name: 'run_python', arguments: { code } })

const { tools } = await client.listTools()
console.log('tools:', tools.map(({ name }) => name).join(', '))
await run('squares = [n * n for n in range(5)]')
const { content } = await run('open("squares.csv", "w").write("\\n".join(map(str, squares)))\nsum(squares)')
console.log(content[0].text)
const { uri } = content.find(({ type }) => type === 'resource_link')
const { contents } = await client.readResource({ uri })
console.log('squares.csv:', Buffer.from(contents[0].blob, 'base64').toString().split('\n').join(' '))
await client.close()
