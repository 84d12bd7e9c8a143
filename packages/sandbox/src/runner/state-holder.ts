import type { InstallMessage, SaveMessage, WakeMessage } from '../protocol/host-messages.ts'
import type { HostChannel } from './host-channel.ts'
import type { Session, StateParts } from './session/session.ts'

/** Holds the session of a worker, if it has one. The code for sessions is loaded when the host first asks for one. */
export class StateHolder {
  readonly #parts: StateParts
  readonly #channel: HostChannel
  #session: Promise<Session> | null = null

  constructor(parts: StateParts) {
    this.#parts = parts
    this.#channel = parts.channel
  }

  /** The runs from here on belong to one session. */
  begin(): void {
    this.#session ??= import('./session/session.ts').then((loaded) => new loaded.Session(this.#parts))
  }

  /** Does something when the session has begun: at once where there is none. */
  whenBegun(action: () => void): void {
    if (this.#session === null) action()
    else void this.#session.then(action)
  }

  save(message: SaveMessage): void {
    this.begin()
    void this.#session?.then((session) => session.save(message))
  }

  /** Takes the bytes that follow and becomes the session that they hold. */
  wake(message: WakeMessage): void {
    this.begin()
    const session = this.#session
    void this.#channel
      .receiveSession(message.bytes)
      .then(async (pieces) => (await session)?.wake(pieces, message))
  }

  /** Takes the bytes of the wheels, which follow, and unpacks them. */
  install(message: InstallMessage): void {
    this.begin()
    const session = this.#session
    const bytes = message.wheels.reduce((sum, wheel) => sum + wheel.bytes, 0)
    void this.#channel.receiveSession(bytes).then(async (pieces) => (await session)?.install(pieces, message))
  }
}
