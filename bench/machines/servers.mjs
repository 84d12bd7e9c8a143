// PostgreSQL and NATS of their own, with services and machines between them, each a process that can be killed.
import { spawn, spawnSync } from 'node:child_process'
import { chownSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { createServer } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { fileURLToPath } from 'node:url'
import { newSignerText } from '../../packages/server/build/services/audit/tlog/signed-note.js'
import { startService } from '../service/service-process.mjs'
import { startWire } from './wire.mjs'

const COMMAND = fileURLToPath(new URL('../../packages/server/dist/cli/main.js', import.meta.url))
const MACHINES = ['m1', 'm2', 'm3', 'm4']

/** Starts both servers; what is started between them ends with them. */
export async function startServers() {
  const folder = mkdtempSync(join(tmpdir(), 'agentchat-machines-'))
  const postgres = startPostgres()
  const keys = join(folder, 'nats')
  const names = MACHINES.flatMap((name) => ['--machine', name])
  spawnSync(process.execPath, [COMMAND, 'nats-config', '--folder', keys, ...names])
  const port = await freePort()
  const config = join(folder, 'nats.conf')
  const settings = readFileSync(join(keys, 'nats-server.conf'), 'utf8')
  writeFileSync(config, `host: 127.0.0.1\nport: ${port}\n${settings}`)
  const seedOf = (name) => readFileSync(join(keys, `${name}.seed`), 'utf8').trim()
  const url = `nats://127.0.0.1:${port}`
  const ends = []
  /** How often machines began to run each execution: told by their processes, before a sandbox has it. */
  const starts = new Map()
  const common = {
    DATABASE_URL: postgres.url,
    AGENTCHAT_SECRET_KEY: Buffer.alloc(32, 7).toString('base64'),
    AGENTCHAT_AUDIT_KEY: newSignerText('agentchat-sandbox/bench'),
    AGENTCHAT_QUOTA_PER_MINUTE: '1000000',
    AGENTCHAT_QUOTA_CONCURRENT: '1000',
    AGENTCHAT_QUOTA_CPU_SECONDS_PER_DAY: '1000000',
  }
  let nats = null
  const startNats = async () => {
    nats = spawn('nats-server', ['-c', config], { stdio: 'ignore' })
    await sleep(1000)
  }
  await startNats()
  return {
    starts,
    /** One that runs code itself, on the same database. */
    async alone(extra = {}) {
      const service = await startService(mkdtempSync(join(folder, 'alone-')), { ...common, ...extra })
      ends.push(service.kill)
      return service
    },
    async service(extra = {}) {
      const place = { AGENTCHAT_NATS_URL: url, AGENTCHAT_NATS_SEED: seedOf('service') }
      const service = await startService(mkdtempSync(join(folder, 'serve-')), {
        ...common,
        ...place,
        ...extra,
      })
      ends.push(service.kill)
      return service
    },
    async machine(name, slots, extra = {}) {
      const wire = await startWire(port)
      const own = `nats://127.0.0.1:${wire.port}`
      const machine = await startMachine({ url: own, name, slots, seed: seedOf(name), starts, extra })
      ends.push(async () => {
        await machine.kill()
        wire.end()
      })
      return { ...machine, cut: wire.cut }
    },
    killNats() {
      nats.kill('SIGKILL')
    },
    startNats,
    killPostgres: postgres.stop,
    startPostgres: postgres.start,
    async end() {
      await Promise.all(ends.map((end) => end()))
      nats.kill('SIGKILL')
      postgres.remove()
      rmSync(folder, { recursive: true, force: true })
    },
  }
}

async function startMachine({ url, name, slots, seed, starts, extra }) {
  const args = [COMMAND, 'worker', '--nats', url, '--name', name, '--slots', String(slots)]
  const env = { ...process.env, AGENTCHAT_NATS_SEED: seed, AGENTCHAT_LOG_LEVEL: 'info', ...extra }
  const child = spawn(process.execPath, args, { env, stdio: ['ignore', 'pipe', 'pipe'] })
  createInterface({ input: child.stderr }).on('line', (line) => {
    if (!line.includes('"machine.runs"')) return
    const { execution } = JSON.parse(line)
    starts.set(execution, (starts.get(execution) ?? 0) + 1)
  })
  const ended = new Promise((resolve) => child.on('close', resolve))
  await new Promise((resolve, reject) => {
    child.stdout.once('data', resolve)
    void ended.then((code) => reject(new Error(`Cannot measure: "worker" ended with ${code}`)))
  })
  const signal = (sent) => {
    child.kill(sent)
    return sent === 'SIGKILL' || sent === 'SIGTERM' ? ended : undefined
  }
  const kill = () => {
    child.kill('SIGCONT')
    return signal('SIGKILL')
  }
  return { name, pid: child.pid, signal, kill, drain: () => signal('SIGTERM') }
}

/** PostgreSQL in a folder of its own. */
export function startPostgres() {
  const versions = readdirSync('/usr/lib/postgresql').sort((one, other) => Number(other) - Number(one))
  const binaries = `/usr/lib/postgresql/${versions[0]}/bin`
  const place = mkdtempSync(join(tmpdir(), 'agentchat-pg-'))
  const id = (flag) => Number(spawnSync('id', [flag, 'postgres'], { encoding: 'utf8' }).stdout)
  const who = process.getuid() === 0 ? { uid: id('-u'), gid: id('-g') } : {}
  if (who.uid !== undefined) chownSync(place, who.uid, who.gid)
  const run = (name, ...args) => {
    const { status, stderr } = spawnSync(join(binaries, name), args, {
      ...who,
      cwd: place,
      encoding: 'utf8',
      stdio: ['ignore', 'ignore', name === 'initdb' ? 'pipe' : 'ignore'],
      env: { PATH: process.env.PATH, HOME: place },
    })
    if (status !== 0) throw new Error(`Cannot measure: ${name} ended with ${status}: ${stderr}`)
  }
  const data = join(place, 'data')
  const options = `-c listen_addresses= -c unix_socket_directories=${place} -c max_connections=60`
  const stop = () => run('pg_ctl', 'stop', '-w', '-m', 'immediate', '-D', data)
  const start = () => run('pg_ctl', 'start', '-w', '-D', data, '-l', join(place, 'log'), '-o', options)
  run('initdb', '-D', data, '-U', 'agentchat', '-A', 'trust', '-E', 'UTF8', '--no-locale')
  start()
  run('createdb', '-h', place, '-U', 'agentchat', 'bench')
  return {
    url: `postgres://agentchat@localhost/bench?host=${encodeURIComponent(place)}`,
    start,
    stop,
    remove() {
      stop()
      rmSync(place, { recursive: true, force: true })
    },
  }
}

function freePort() {
  return new Promise((resolve) => {
    const server = createServer().listen(0, '127.0.0.1', () => {
      const { port } = server.address()
      server.close(() => resolve(port))
    })
  })
}
