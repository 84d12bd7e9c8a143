// Kills the service at random moments while it writes, starts it anew, and looks for what it had acknowledged.
// Prints as JSON what was lost. node service-kills.mjs <kills> [seed]
import { setTimeout as sleep } from 'node:timers/promises'
import { callerOf, keyFor, scratchFolder, startService } from '../service/service-process.mjs'

const WRITERS = 4
const MAX_LIFE_MS = 3000
const SETTINGS = {
  AGENTCHAT_POOL_MIN: '0',
  AGENTCHAT_QUOTA_PER_MINUTE: '1000000',
  AGENTCHAT_QUOTA_CONCURRENT: '64',
  AGENTCHAT_QUOTA_CPU_SECONDS_PER_DAY: '1000000',
}

const kills = Number(process.argv[2])
const random = generator(Number(process.argv[3] ?? Date.now() % 2 ** 31))
const folder = scratchFolder()
/** What was acknowledged: paths that must answer, and what in the answer must be as it was. */
const acknowledged = []
const readyMs = []
const found = { kills: 0, acknowledged: 0, lost: [], running: [], open: 0, unexpected: [] }

let service = await startService(folder.path, SETTINGS)
const key = await keyFor(service.url)
try {
  for (; found.kills < kills; found.kills++) {
    const call = callerOf(service.url, key)
    let writing = true
    const done = Promise.all(
      Array.from({ length: WRITERS }, async (_, writer) => {
        for (let n = 0; writing; n++) {
          // A connection that breaks is an answer that never came: nothing was acknowledged.
          await write(call, `${found.kills}_${writer}_${n}`).catch(() => {
            writing = false
          })
        }
      }),
    )
    await sleep(random() * MAX_LIFE_MS)
    await service.kill()
    writing = false
    await done
    service = await startService(folder.path, SETTINGS)
    readyMs.push(service.readyMs)
    await check(callerOf(service.url, key), acknowledged.slice(found.acknowledged))
    process.stderr.write(
      `bench: killed ${found.kills + 1} times, ${acknowledged.length} writes acknowledged\n`,
    )
  }
  // What one kill left might be lost by a later one.
  await check(callerOf(service.url, key), acknowledged)
  console.log(JSON.stringify({ ...found, readyMs }))
} finally {
  await service.stop()
  folder[Symbol.dispose]()
}

/**
 * One write of a random kind, noted once it is acknowledged.
 * @param {ReturnType<typeof callerOf>} call
 * @param {string} name
 */
async function write(call, name) {
  const kinds = [writeKey, writeTool, changeTool, runInBackground, run]
  await kinds[Math.floor(random() * kinds.length)](call, name)
}

async function writeKey(call, name) {
  const made = await answered(call('POST', 'api-keys', { name, scopes: ['execute'] }), 201)
  acknowledged.push({ list: 'api-keys', id: made.id })
}

/** @type {Map<string, string>} the etag of each tool that was made */
const tools = new Map()

async function writeTool(call, name) {
  const document = {
    ...{ openapi: '3.1.0', info: { title: 'T', version: '1' }, servers: [{ url: 'https://example.com' }] },
    paths: { '/a': { get: { operationId: 'a', responses: { 200: { description: 'ok' } } } } },
  }
  const made = await answered(
    call('POST', 'tools', { name: `t_${name}`, kind: 'openapi', definition: { document } }),
    201,
  )
  tools.set(made.id, `"${made.version}"`)
  acknowledged.push({ path: `tools/${made.id}`, minVersion: made.version })
}

async function changeTool(call, name) {
  const [first] = tools
  if (first === undefined) return await writeTool(call, name)
  const [id, etag] = first
  // Another client that has it in hand meanwhile changes another one.
  tools.delete(id)
  const changed = await answered(
    call('PATCH', `tools/${id}`, { description: name }, { 'if-match': etag }),
    200,
  )
  tools.set(id, `"${changed.version}"`)
  acknowledged.push({ path: `tools/${id}`, minVersion: changed.version })
}

async function runInBackground(call) {
  const code = 'import time\ntime.sleep(0.3)'
  const begun = await answered(call('POST', 'executions', { code }, { prefer: 'respond-async' }), 202)
  acknowledged.push({ path: `executions/${begun.id}` })
}

async function run(call) {
  const code = "open('made.txt', 'w').write('kept')\n6 * 7"
  const ended = await answered(call('POST', 'executions', { code }), 200)
  acknowledged.push({ path: `executions/${ended.id}`, status: ended.status, result: ended.result?.result })
  acknowledged.push({ path: `executions/${ended.id}/files/made.txt`, text: 'kept' })
}

/**
 * @param {Promise<Response>} request
 * @param {number} status
 */
async function answered(request, status) {
  const answer = await request
  const text = await answer.text()
  if (answer.status === status) return JSON.parse(text)
  found.unexpected.push(`${answer.status} ${text.slice(0, 200)}`)
  throw new Error(text)
}

/**
 * @param {ReturnType<typeof callerOf>} call
 * @param {readonly object[]} writes
 */
async function check(call, writes) {
  const keys = await idsOf(call, 'api-keys')
  for (const each of writes) {
    if (!(await isThere(call, each, keys))) found.lost.push(each)
  }
  found.acknowledged = acknowledged.length
  found.running.push(...(await idsOf(call, 'executions?status=running')))
  for (const action of ['execution.create', 'tool.create', 'api-key.create']) {
    const page = await (await call('GET', `audit?limit=100&action=${action}`)).json()
    found.open += page.items.filter(({ outcome }) => outcome === 'open').length
  }
}

async function isThere(call, { list, id, path, minVersion, status, result, text }, keys) {
  if (list !== undefined) return keys.has(id)
  const answer = await call('GET', path)
  if (answer.status !== 200) return false
  if (text !== undefined) return (await answer.text()) === text
  const body = await answer.json()
  if (minVersion !== undefined) return body.version >= minVersion
  return status === undefined || (body.status === status && body.result?.result === result)
}

/** All identifiers of a list. */
async function idsOf(call, path) {
  const ids = new Set()
  for (let cursor = ''; ; ) {
    const query = `${path}${path.includes('?') ? '&' : '?'}limit=100${cursor === '' ? '' : `&cursor=${cursor}`}`
    const page = await (await call('GET', query)).json()
    for (const { id } of page.items) ids.add(id)
    if (page.nextCursor === null) return ids
    cursor = page.nextCursor
  }
}

/** The same numbers for the same seed (mulberry32). */
function generator(seed) {
  let state = seed
  return () => {
    state = (state + 0x6d2b79f5) | 0
    let mixed = Math.imul(state ^ (state >>> 15), 1 | state)
    mixed = (mixed + Math.imul(mixed ^ (mixed >>> 7), 61 | mixed)) ^ mixed
    return ((mixed ^ (mixed >>> 14)) >>> 0) / 2 ** 32
  }
}
