import { connect, type Socket } from 'node:net'
import { type Duplex, duplexPair } from 'node:stream'
import { setImmediate } from 'node:timers/promises'
import type { ConnectionOptions, TLSSocket } from 'node:tls'
import { CallError } from './call-error.ts'

/** Unsent bytes past which the next write has to wait. */
const HIGH_WATER_BYTES = 2 ** 20
/** Longest time that opening a connection may take. */
const MAX_OPENING_MS = 30_000
/** A certificate for more names than this has the rest of them left out. */
const MAX_NAMES_CHARS = 50_000

/** How TLS is to be begun on a connection. */
export interface TlsRequest {
  readonly serverName: string | null
  readonly verify: boolean
  readonly checkHostname: boolean
  readonly protocols: readonly string[]
}

/** One stream to a server, in the hands of the host. Deadlines are in milliseconds, or null for none. */
export class Connection {
  readonly #raw: Socket
  /** What is spoken through it: the socket, TLS on it, or what stands between. */
  #socket: Duplex
  #failure: Error | null = null

  private constructor(socket: Socket) {
    this.#raw = socket
    this.#socket = this.#watched(socket)
  }

  /**
   * Connects to an address that was checked; a name is never resolved here. The system would try for minutes: it gets
   * half of one, or as long as the caller waits. When the signal is aborted, the socket is closed at once.
   */
  static async open(
    address: string,
    port: number,
    { deadlineMs, signal }: { readonly deadlineMs: number | null; readonly signal: AbortSignal },
  ): Promise<Connection> {
    signal.throwIfAborted()
    const socket = connect({ host: address, port, autoSelectFamily: false, noDelay: true })
    const connection = new Connection(socket)
    const abort = () => connection.close()
    signal.addEventListener('abort', abort)
    try {
      const isOurs = deadlineMs === null || deadlineMs > MAX_OPENING_MS
      await connection.#until(socket, ['connect'], isOurs ? MAX_OPENING_MS : deadlineMs, isOurs)
      return connection
    } catch (error) {
      connection.close()
      throw error
    } finally {
      signal.removeEventListener('abort', abort)
    }
  }

  get addresses(): { local: [string, number]; peer: [string, number] } {
    const { localAddress = '', localPort = 0, remoteAddress = '', remotePort = 0 } = this.#raw
    return { local: [localAddress, localPort], peer: [remoteAddress, remotePort] }
  }

  /**
   * What has come, at most `max` bytes, after waiting until something has; nothing at the end of the stream.
   * @throws CallError `timeout`; `EAGAIN` with a deadline of 0
   */
  async read(max: number, deadlineMs: number | null): Promise<Uint8Array> {
    const deadline = deadlineMs === null ? null : performance.now() + deadlineMs
    for (;;) {
      const socket = this.#socket
      const chunk = socket.read() as Buffer | null
      if (chunk !== null) {
        if (chunk.length > max) socket.unshift(chunk.subarray(max))
        return chunk.subarray(0, max)
      }
      if (this.#failure !== null) throw this.#failure
      if (socket.readableEnded || socket.destroyed) return new Uint8Array()
      if (deadlineMs === 0) throw new CallError('EAGAIN', 'Resource temporarily unavailable')
      await this.#until(
        socket,
        ['readable', 'end', 'close'],
        deadline === null ? null : deadline - performance.now(),
      )
    }
  }

  /** Would `read` answer at once: with bytes, with the end of the stream or with what broke it? */
  async readable(): Promise<boolean> {
    const socket = this.#socket
    // Makes a stream that has ended while nobody read say so.
    socket.read(0)
    if (socket.readableLength === 0) await setImmediate()
    return socket.readableLength > 0 || socket.readableEnded || socket.destroyed || this.#failure !== null
  }

  /** Calls `wake` when `readable` may have become true; gives what stops that. */
  watch(wake: () => void): () => void {
    const socket = this.#socket
    const events = ['readable', 'end', 'error', 'close']
    for (const event of events) socket.on(event, wake)
    return () => {
      for (const event of events) socket.removeListener(event, wake)
    }
  }

  /** Sends all of `bytes`, after waiting until few others are: what a server does not read must not fill the host. */
  async write(bytes: Uint8Array, deadlineMs: number | null): Promise<void> {
    const socket = this.#socket
    if (socket.writableLength > HIGH_WATER_BYTES) await this.#until(socket, ['drain', 'close'], deadlineMs)
    if (this.#failure !== null) throw this.#failure
    if (!socket.writable) throw new CallError('EPIPE', 'Broken pipe')
    socket.write(bytes)
  }

  /** Says that nothing more will be sent. */
  end(): void {
    this.#socket.end()
  }

  /** Turns the stream into a TLS one, as its client. @throws CallError `tls` or `tls-verify` */
  async startTls(request: TlsRequest, host: string, deadlineMs: number | null): Promise<TlsFacts> {
    const { connect: connectTls } = process.getBuiltinModule('node:tls')
    const socket = connectTls({ ...tlsOptions(request, host), socket: this.#socket })
    this.#socket = this.#watched(socket)
    try {
      await this.#until(socket, ['secureConnect'], deadlineMs)
    } catch (error) {
      this.close()
      throw tlsError(error)
    }
    return factsOf(socket)
  }

  /** Puts somebody between: `between` gets both sides, and speaks for each of them with the other. */
  intercept(between: (client: Duplex, server: Duplex) => void): void {
    const server = this.#socket
    const [ours, theirs] = duplexPair()
    this.#socket = this.#watched(ours)
    theirs.once('close', () => {
      if (!theirs.writableFinished) ours.destroy(new CallError('ECONNRESET', 'Connection reset by peer'))
    })
    between(theirs, server)
  }

  close(): void {
    this.#socket.destroy()
    this.#raw.destroy()
  }

  #watched<Kind extends Duplex>(socket: Kind): Kind {
    socket.on('error', (error) => {
      this.#failure = error
    })
    return socket
  }

  #until(
    socket: Duplex,
    events: readonly string[],
    deadlineMs: number | null,
    isOurs = false,
  ): Promise<void> {
    return new Promise((resolve, reject) => {
      const timer =
        deadlineMs === null
          ? undefined
          : setTimeout(() => settle(isOurs ? tooLate() : new CallError('timeout', 'timed out')), deadlineMs)
      const settle = (error?: Error) => {
        clearTimeout(timer)
        for (const event of events) socket.removeListener(event, done)
        socket.removeListener('error', settle).removeListener('close', gone)
        if (error instanceof Error) reject(error)
        else resolve()
      }
      const done = () => settle()
      const gone = () => settle(this.#failure ?? new CallError('ECONNRESET', 'Connection reset by peer'))
      for (const event of events) socket.once(event, done)
      socket.once('error', settle)
      if (!events.includes('close')) socket.once('close', gone)
      if (socket.destroyed) gone()
    })
  }
}

/** As the system says it in the end. */
function tooLate(): CallError {
  return new CallError('ETIMEDOUT', 'Connection timed out')
}

/** What came of a TLS handshake. */
export interface TlsFacts {
  readonly protocol: string | null
  readonly cipher: string
  readonly alpn: string | null
  /** Names that the certificate is for, as OpenSSL writes them: `DNS:example.com, IP Address:10.0.0.1`. */
  readonly names: string
  /** The server's certificate in DER. */
  readonly certificate: Uint8Array
}

function tlsOptions(request: TlsRequest, host: string): ConnectionOptions {
  const name = request.serverName ?? host
  const isName = /[a-z]/i.test(name) && !name.includes(':')
  return {
    host: name,
    servername: isName ? name : '',
    rejectUnauthorized: request.verify,
    ALPNProtocols: [...request.protocols],
    minVersion: 'TLSv1.2',
    ...(request.checkHostname ? {} : { checkServerIdentity: () => undefined }),
  }
}

function factsOf(socket: TLSSocket): TlsFacts {
  const { raw, subjectaltname = '' } = socket.getPeerCertificate()
  return {
    protocol: socket.getProtocol(),
    cipher: socket.getCipher().standardName,
    alpn: typeof socket.alpnProtocol === 'string' ? socket.alpnProtocol : null,
    names: subjectaltname.slice(0, MAX_NAMES_CHARS),
    certificate: raw ?? new Uint8Array(),
  }
}

const SYSTEM_ERRORS = /^(?:ECONN|EPIPE|ETIMEDOUT)/

/** Node's names of what OpenSSL finds wrong with a certificate are no errno. */
function tlsError(error: unknown): unknown {
  if (!(error instanceof Error) || error instanceof CallError) return error
  const code = 'code' in error ? String(error.code) : ''
  if (SYSTEM_ERRORS.test(code)) return error
  const broken = code.startsWith('ERR_SSL') || code === 'EPROTO'
  // OpenSSL's own text names threads and files of the host; its reason, such as "wrong version number", does not.
  const reason = 'reason' in error && typeof error.reason === 'string' ? error.reason : 'handshake failed'
  const message = broken ? `[SSL: ${reason.replaceAll(' ', '_').toUpperCase()}] ${reason}` : error.message
  return new CallError(broken ? 'tls' : 'tls-verify', message.slice(0, 500), { cause: error })
}
