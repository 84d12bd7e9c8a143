// Kills the service at random moments while sessions run, are forked, written to and deleted; starts it anew, and looks
// for what it had acknowledged, and whether its database and its folder of sessions agree.
// Prints as JSON what was lost. node service-session-kills.mjs <kills>
import { readdirSync } from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { callerOf, keyFor, scratchFolder, startService } from '../service/service-process.mjs'

const WRITERS = 3
const MAX_LIFE_MS = 4000
const MAX_SESSIONS = 4
const SETTINGS = {
  AGENTCHAT_POOL_MIN: '1',
  AGENTCHAT_MAX_LIVE_SESSIONS: '4',
  AGENTCHAT_QUOTA_SESSIONS: '1000',
  AGENTCHAT_QUOTA_PER_MINUTE: '1000000',
  AGENTCHAT_QUOTA_CONCURRENT: '64',
  AGENTCHAT_QUOTA_CPU_SECONDS_PER_DAY: '1000000',
}
const COUNT = 'n = globals().get("n", 0) + 1\nn'

const kills = Number(process.argv[2])
const folder = scratchFolder()
/** What is known of each session: what was acknowledged, and what may have happened without an answer. */
const known = new Map()
const found = { kills: 0, executions: 0, writes: 0, made: 0, forked: 0, deleted: 0, lost: [], problems: [] }

let service = await startService(folder.path, SETTINGS)
const key = await keyFor(service.url)
try {
  for (; found.kills < kills; found.kills++) {
    const state = { writing: true }
    const call = callerOf(service.url, key)
    const done = Promise.all(
      Array.from({ length: WRITERS }, async (_, writer) => {
        // A connection that breaks is an answer that never came.
        while (state.writing) await act(call, writer, state).catch(() => (state.writing = false))
      }),
    )
    await sleep(500 + Math.random() * MAX_LIFE_MS)
    await service.kill()
    state.writing = false
    await done
    service = await startService(folder.path, SETTINGS)
    await check(callerOf(service.url, key))
    process.stderr.write(`bench: killed ${found.kills + 1} times, ${known.size} sessions\n`)
  }
  console.log(JSON.stringify({ ...found, sessions: known.size }))
} finally {
  await service.stop()
  folder[Symbol.dispose]()
}

/** One thing with one of the sessions of a writer. */
async function act(call, writer, state) {
  const mine = [...known.values()].filter((session) => session.writer === writer && session.deleting === null)
  const session = mine[Math.floor(Math.random() * mine.length)]
  const dice = Math.random()
  if (session === undefined || (dice < 0.1 && mine.length < MAX_SESSIONS))
    return await make(call, writer, state)
  if (dice < 0.2 && mine.length < MAX_SESSIONS) return await fork(call, session, state)
  if (dice < 0.3 && mine.length > 1) return await remove(call, session, state)
  if (dice < 0.45) return await write(session, state)
  await run(call, session, state)
}

async function make(call, writer, state) {
  const { id } = await answered(call('POST', 'sessions', {}), 201, state)
  known.set(id, { id, writer, n: 0, ahead: 0, text: null, next: null, deleting: null })
  found.made += 1
}

async function fork(call, { id, writer, n, text }, state) {
  const made = await answered(call('POST', `sessions/${id}/fork`, {}), 201, state)
  known.set(made.id, { id: made.id, writer, n, ahead: 0, text, next: null, deleting: null })
  found.forked += 1
}

async function remove(call, session, state) {
  session.deleting = 'asked'
  await answered(call('DELETE', `sessions/${session.id}`), 204, state)
  session.deleting = 'done'
  found.deleted += 1
}

async function write(session, state) {
  session.next = `text ${Math.random()}`
  const put = fetch(`${service.url}/api/v1/sessions/${session.id}/files/a/b.txt`, {
    ...{ method: 'PUT', body: session.next, headers: { authorization: `Bearer ${key}` } },
  })
  await answered(put, 200, state)
  Object.assign(session, { text: session.next, next: null })
  found.writes += 1
}

async function run(call, session, state) {
  session.ahead = 1
  const ended = await answered(call('POST', `sessions/${session.id}/executions`, { code: COUNT }), 200, state)
  const { result, sessionUnsaved, error } = ended.result
  if (error !== null || sessionUnsaved !== null)
    found.problems.push(JSON.stringify({ error, sessionUnsaved }))
  if (result !== session.n + 1) found.problems.push(`${session.id}: ${result} after ${session.n}`)
  Object.assign(session, { n: result, ahead: 0 })
  found.executions += 1
}

async function answered(request, status, state) {
  const answer = await request
  const text = await answer.text()
  if (answer.status === status) return text === '' ? null : JSON.parse(text)
  if (state?.writing !== false) found.problems.push(`${answer.status} ${text.slice(0, 300)}`)
  throw new Error(text)
}

/** Everything that was acknowledged is there; row and bytes are there together or not at all. */
async function check(call) {
  const running = await answered(call('GET', 'executions?status=running'), 200)
  if (running.items.length > 0) found.problems.push(`${running.items.length} executions are still running`)
  const listed = new Map((await all(call)).map((session) => [session.id, session]))
  for (const session of [...known.values()]) {
    const there = listed.get(session.id)
    if (session.deleting === 'done' && there !== undefined) found.lost.push(`${session.id} is back`)
    if (session.deleting === null && there === undefined) found.lost.push(`${session.id} is gone`)
    if (there === undefined || session.deleting === 'done') known.delete(session.id)
    else await look(call, { ...session, bytes: there.bytes })
    listed.delete(session.id)
  }
  // Forks and new ones whose making was not acknowledged: they work, or are not there.
  for (const [id] of listed) await answered(call('POST', `sessions/${id}/executions`, { code: COUNT }), 200)
  for (const [id] of listed) await answered(call('DELETE', `sessions/${id}`), 204)
  const rows = new Set((await all(call)).filter(({ bytes }) => bytes > 0).map(({ id }) => id))
  const kept = readdirSync(join(folder.path, 'sessions', 'kept'))
    .map((name) => /^session-(\w+)$/.exec(name)?.[1])
    .filter((id) => id !== undefined)
  for (const id of kept) if (!rows.has(id)) found.problems.push(`${id} has bytes and no row`)
  for (const id of rows) if (!kept.includes(id)) found.problems.push(`${id} has a row and no bytes`)
}

async function look(call, { id, n, ahead, text, next, bytes }) {
  // Asked before it is used again: the row knows of every save.
  if (n > 0 && bytes === 0) found.problems.push(`${id} was saved, and its row does not say so`)
  const code =
    'import os\n[globals().get("n", 0), open("a/b.txt").read() if os.path.exists("a/b.txt") else None]'
  const ended = await answered(call('POST', `sessions/${id}/executions`, { code }), 200)
  const [value, file] = ended.result.result
  if (value < n || value > n + ahead) found.lost.push(`${id}: ${value} after ${n}`)
  if (file !== text && file !== next) found.lost.push(`${id}: its file is ${file} after ${text}`)
  known.set(id, { ...known.get(id), n: value, ahead: 0, text: file, next: null, deleting: null })
}

async function all(call) {
  const items = []
  for (let cursor = ''; ; ) {
    const page = await answered(call('GET', `sessions?limit=100${cursor}`), 200)
    items.push(...page.items)
    if (page.nextCursor === null) return items
    cursor = `&cursor=${page.nextCursor}`
  }
}
