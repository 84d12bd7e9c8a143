import { spawnSync } from 'node:child_process'
import { chmodSync, chownSync, existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { delimiter, join } from 'node:path'

/** A PostgreSQL server of our own, which listens on a socket in a folder. */
export interface PrivatePostgres extends Disposable {
  /** The URL of a new, empty database. */
  newDatabase(): string
  stop(): void
  start(): void
}

/** The folder with `initdb` and `pg_ctl`, or null where PostgreSQL is not installed. */
export function postgresBinaries(): string | null {
  const versions = existsSync('/usr/lib/postgresql') ? readdirSync('/usr/lib/postgresql') : []
  const folders = [
    ...versions.sort((a, b) => Number(b) - Number(a)).map((version) => `/usr/lib/postgresql/${version}/bin`),
    ...(process.env.PATH ?? '').split(delimiter),
  ]
  return (
    folders.find((folder) => ['initdb', 'pg_ctl'].every((name) => existsSync(join(folder, name)))) ?? null
  )
}

/** Starts one. It refuses to run as root, so that then another user runs it. */
export function startPrivatePostgres(binaries: string): PrivatePostgres {
  const folder = mkdtempSync(join(tmpdir(), 'acs-pg-'))
  const user = process.getuid?.() === 0 ? unprivilegedUser() : null
  if (user !== null) {
    chownSync(folder, user.uid, user.gid)
    chmodSync(folder, 0o700)
  }
  const data = join(folder, 'data')
  const run = (name: string, ...args: string[]) => {
    const { status, stdout, stderr } = spawnSync(join(binaries, name), args, {
      ...{ cwd: folder, encoding: 'utf8', stdio: ['ignore', 'pipe', 'pipe'] },
      ...(user ?? {}),
      env: { PATH: process.env.PATH, LC_ALL: 'C', HOME: folder },
    })
    if (status !== 0) throw new Error(`${name} ended with ${status}: ${stdout}${stderr}`)
  }
  const settings = `-c listen_addresses= -c unix_socket_directories=${folder} -c fsync=off -c max_connections=60`
  const start = () => run('pg_ctl', 'start', '-w', '-D', data, '-l', join(folder, 'log'), '-o', settings)
  const stop = () => run('pg_ctl', 'stop', '-w', '-m', 'immediate', '-D', data)
  run('initdb', '-D', data, '-U', 'agentchat', '-A', 'trust', '-E', 'UTF8', '--no-locale', '--no-sync')
  start()
  let databases = 0
  return {
    newDatabase() {
      databases += 1
      run('createdb', '-h', folder, '-U', 'agentchat', `test${databases}`)
      return `postgres://agentchat@localhost/test${databases}?host=${encodeURIComponent(folder)}`
    },
    stop,
    start,
    [Symbol.dispose]() {
      try {
        stop()
      } finally {
        rmSync(folder, { recursive: true, force: true })
      }
    },
  }
}

function unprivilegedUser(): { uid: number; gid: number } {
  const id = (flag: string, name: string) => spawnSync('id', [flag, name], { encoding: 'utf8' })
  const name = id('-u', 'postgres').status === 0 ? 'postgres' : 'nobody'
  return { uid: Number(id('-u', name).stdout), gid: Number(id('-g', name).stdout) }
}
