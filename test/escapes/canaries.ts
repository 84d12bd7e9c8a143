// What an attack must not reach: a file, a variable, a listener, a path. Each is on the host, outside every grant.
import { randomBytes } from 'node:crypto'
import { existsSync, mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { type Listener, listen, type Redirector, redirectTo } from './listeners.ts'

/** Not the folder for temporary files where there is another: a wall may hide that one and nothing else. */
const PARENT = existsSync('/var/tmp') ? '/var/tmp' : tmpdir()

/** Name and value of the variable that the host has in its environment. */
export const CANARY_ENV = 'AGENTCHAT_CANARY'
export const CANARY_ENV_TOKEN = `canary${randomBytes(12).toString('hex')}`

/** Folders that are there now: none may stay behind, however this process ends. */
const folders = new Set<string>()
process.once('exit', () => {
  for (const folder of folders) rmSync(folder, { recursive: true, force: true })
})

/** What is placed for one run of one attack. */
export class Canaries {
  readonly #folder: string
  readonly #listener: Listener
  readonly #redirector: Redirector
  /** The random text in the file and in what the listener answers. */
  readonly token: string

  private constructor(
    servers: { listener: Listener; redirector: Redirector },
    folder: string,
    token: string,
  ) {
    this.#folder = folder
    this.#listener = servers.listener
    this.#redirector = servers.redirector
    this.token = token
    // Of a form that no loader accepts, so that one that quotes what it cannot load gives the token away.
    const lines = [`${token}:x:0:0:${token}:/root:/bin/sh`, `CANARY_LINE=${token}`, '']
    writeFileSync(this.#file, lines.join('\n'))
    // For an attack that lists the folder.
    writeFileSync(join(this.#private, `name-${token}`), '')
    mkdirSync(this.granted)
    writeFileSync(join(this.granted, 'inside'), 'granted')
  }

  static async place(): Promise<Canaries> {
    const folder = mkdtempSync(join(PARENT, 'agentchat-canary-'))
    folders.add(folder)
    mkdirSync(join(folder, 'private'))
    const token = `canary${randomBytes(12).toString('hex')}`
    const socket = join(folder, 'private', 'socket')
    const listener = await listen(token, socket)
    return new Canaries({ listener, redirector: await redirectTo(listener.port) }, folder, token)
  }

  /** Everything that must not be reached. */
  get #private(): string {
    return join(this.#folder, 'private')
  }

  get #file(): string {
    return join(this.#private, 'secret')
  }

  get #write(): string {
    return join(this.#private, 'written')
  }

  /** A folder beside what must not be reached; some attacks are granted it. */
  get granted(): string {
    return join(this.#folder, 'granted')
  }

  /** Leaves a link in the granted folder that leads out of it, as a careless owner would. */
  leaveLink(): void {
    symlinkSync('../private/secret', join(this.granted, 'left'))
  }

  /** Is on the command line of a process that an attack starts for good. */
  get mark(): string {
    return this.#private
  }

  /** The port of a server that redirects to a forbidden one. */
  get allowedPort(): number {
    return this.#redirector.port
  }

  /** Fills the placeholders of an attack in. */
  fill(code: string): string {
    const values: Readonly<Record<string, string>> = {
      CANARY_FILE: this.#file,
      CANARY_ENV,
      CANARY_PORT: String(this.#listener.port),
      CANARY_SOCKET: join(this.#private, 'socket'),
      CANARY_WRITE: this.#write,
      CANARY_ABSTRACT: this.#listener.abstractName,
      ALLOWED_PORT: String(this.allowedPort),
      GRANTED_FOLDER: this.granted,
    }
    return code.replace(/@([A-Z]+_[A-Z]+)@/g, (whole, name: string) => values[name] ?? whole)
  }

  /** Does this text hold the token, or that of the variable? */
  isIn(text: string): boolean {
    return [this.token, CANARY_ENV_TOKEN].some((token) => text.includes(token))
  }

  /** What the attack did to the host, in words. */
  get damage(): readonly string[] {
    const written = existsSync(this.#write) ? ['wrote a file of the host'] : []
    return [...written, ...this.#listener.contacts]
  }

  async remove(): Promise<void> {
    await Promise.all([this.#listener.close(), this.#redirector.close()])
    rmSync(this.#folder, { recursive: true, force: true })
    folders.delete(this.#folder)
  }
}
