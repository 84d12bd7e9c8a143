// Calls the service over HTTP with `fetch` alone: code whose output comes while it runs, and a session that remembers, with
// files in and out. After `npm run build` and `npm start`, with a key that the service has made:
//   SANDBOX_API_KEY=... node examples/http.mjs "print(6 * 7)"
const { SANDBOX_URL: base = 'http://127.0.0.1:8787', SANDBOX_API_KEY: key } = process.env
const [code = 'for n in range(3):\n    print(n, n * n)\n"done"'] = process.argv.slice(2)
if (!key) {
  console.error(
    'Set SANDBOX_API_KEY to a key with the scope "execute", and SANDBOX_URL where it is not local',
  )
  process.exit(2)
}

async function call(method, path, body, headers = {}) {
  const isJson = typeof body === 'object'
  const answer = await fetch(`${base}/api/v1/${path}`, {
    method,
    headers: {
      authorization: `Bearer ${key}`,
      ...(isJson && { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: isJson ? JSON.stringify(body) : body }),
  })
  if (answer.ok) return answer
  // Every error is a problem document (RFC 9457).
  const { code: problem, detail } = await answer.json()
  throw new Error(`${method} ${path}: ${answer.status} ${problem}: ${detail}`)
}

/** The events of an answer, as they come. */
async function* eventsOf(answer) {
  let text = ''
  for await (const piece of answer.body.pipeThrough(new TextDecoderStream())) {
    text += piece
    const blocks = text.split('\n\n')
    text = blocks.pop()
    for (const block of blocks) {
      const data = block.split('\n').flatMap((line) => (line.startsWith('data: ') ? [line.slice(6)] : []))
      if (data.length > 0) yield JSON.parse(data.join('\n'))
    }
  }
}

const streamed = await call('POST', 'executions', { code }, { accept: 'text/event-stream' })
for await (const event of eventsOf(streamed)) {
  if (event.type === 'stdout' || event.type === 'stderr') process.stdout.write(event.text)
  if (event.type === 'finished') console.log(`${event.result.status}:`, event.result.result)
}

const { id } = await (await call('POST', 'sessions', {})).json()
try {
  await call('PUT', `sessions/${id}/files/numbers.txt`, '1\n2\n39\n')
  const run = async (cell) => await (await call('POST', `sessions/${id}/executions`, { code: cell })).json()
  await run('numbers = [int(line) for line in open("numbers.txt")]')
  const { result } = await run('open("sum.txt", "w").write(str(sum(numbers)))\nlen(numbers)')
  const sum = await (await call('GET', `sessions/${id}/files/sum.txt`)).text()
  console.log(`${result.result} numbers, together ${sum}`)
} finally {
  await call('DELETE', `sessions/${id}`)
}
