// Lists, filters and statistics of a service with so many executions, one request after the other. Prints as JSON how long
// each took, by database and request.
// node lists.mjs <executions>
import { sql } from 'drizzle-orm'
import { openDatabase } from '../../packages/server/build/db/index.js'
import { startPostgres } from '../machines/servers.mjs'
import { callerOf, keyFor, scratchFolder, startService } from './service-process.mjs'

const REQUESTS = [
  'executions?scope=all&limit=20',
  'executions?scope=all&status=failed',
  'executions?scope=all&toolId=tool_7&limit=100',
  'stats?scope=all&hours=168',
  'stats?scope=all&hours=24',
]
const ROUNDS = 100
const AT_ONCE = 50_000

const count = Number(process.argv[2])
const found = { embedded: await measure(null) }
const postgres = startPostgres()
try {
  found.postgres = await measure(postgres.url)
} finally {
  postgres.remove()
}
console.log(JSON.stringify(found))

/** @param {string | null} url */
async function measure(url) {
  const folder = scratchFolder()
  const settings = {
    ...{ AGENTCHAT_POOL_MIN: '0', AGENTCHAT_QUOTA_PER_MINUTE: '1000000' },
    ...(url === null ? {} : { DATABASE_URL: url }),
  }
  let service = await startService(folder.path, settings)
  try {
    await service.stop()
    await fill(url === null ? { folder: folder.path } : { url })
    service = await startService(folder.path, settings)
    const call = callerOf(service.url, await keyFor(service.url))
    const samples = Object.fromEntries(REQUESTS.map((path) => [path, []]))
    for (let round = 0; round <= ROUNDS; round++)
      for (const path of REQUESTS) {
        const began = performance.now()
        const answer = await call('GET', path)
        await answer.text()
        if (answer.status !== 200) throw new Error(`Cannot measure: ${path} answered ${answer.status}`)
        // The first of each is not counted: nothing of it was read before.
        if (round > 0) samples[path].push(performance.now() - began)
      }
    return samples
  } finally {
    await service.stop()
    folder[Symbol.dispose]()
  }
}

/** Executions of a week by a hundred users with fifty tools, and their sums. */
async function fill(place) {
  const database = await openDatabase(place)
  const run = async (text) => await database.db.execute(sql.raw(text))
  const minutes = (7 * 24 * 60) / count
  for (let from = 0; from < count; from += AT_ONCE) {
    const numbers = `generate_series(${from + 1}, ${Math.min(from + AT_ONCE, count)}) n`
    const at = `now() - n * ${minutes} * interval '1 minute'`
    const status = `case n % 50 when 0 then 'failed' when 1 then 'error' else 'success' end`
    await run(`insert into executions (id, user_id, tool_id, instance, status, code, options, cpu_ms, created_at, finished_at)
      select 'exe_0' || lpad((${count} - n)::text, 9, '0'), 'usr_' || n % 100, 'tool_' || n % 50, 'x', ${status}, '"print(1)"', '{}', 40,
        ${at}, ${at} from ${numbers}`)
  }
  const sums = (user, tool) => `insert into run_sums
    (hour, user_id, tool_id, status, runs, cpu_ms, denials, durations, minutes)
    select date_trunc('hour', finished_at), ${user}, ${tool}, status, count(*), sum(cpu_ms)::bigint, 0,
      array_fill(count(*)::integer / 40, array[40]), array_fill(count(*)::integer / 60, array[60])
    from executions where finished_at is not null group by 1, 2, 3, 4`
  for (const user of [`''::text`, 'user_id'])
    for (const tool of [`''::text`, 'tool_id']) await run(sums(user, tool))
  await run('vacuum analyze')
  await database[Symbol.asyncDispose]()
}
