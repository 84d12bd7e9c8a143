import { type Deferred, deferred } from 'agentchat-sandbox-base/async/deferred'
import { inBackground } from 'agentchat-sandbox-base/async/in-background'
import {
  FRAME_ANSWER,
  FRAME_CALL,
  FRAME_RUNNER,
  FRAME_SESSION,
  FRAME_STDERR,
  FRAME_STDOUT,
} from '../../protocol/frames.ts'
import type { BeginMessage, FileAsk, HostMessage } from '../../protocol/host-messages.ts'
import { BridgeCalls } from './bridge-calls.ts'
import { DenoProcess } from './deno-process.ts'
import { killAtDeadline } from './kill-at-deadline.ts'
import { removeLeftovers } from './leftovers.ts'
import { type Answered, PendingAsks } from './pending-asks.ts'
import type { Phase } from './phase.ts'
import { CpuMeter, innermostProcess } from './process-stats.ts'
import type { Question } from './question.ts'
import { RunnerChannel } from './runner-channel.ts'
import { WarmUps } from './warm-ups.ts'
import { type RunListener, startError, type WorkerEnd, type WorkerPlan } from './worker-plan.ts'

export type { RunListener, WorkerEnd, WorkerPlan }

const START_DEADLINE_MS = 60_000
const ASKED_DEADLINE_MS = 120_000

/** One Deno process with one Python in it. */
export class Worker {
  /** What it was started with: its walls, its audit, its bridge. */
  readonly plan: WorkerPlan
  readonly #process: DenoProcess
  /** Where it stands among all that want a core. */
  readonly standing: DenoProcess['standing']
  readonly #channel: RunnerChannel
  readonly #calls: BridgeCalls
  readonly #asks: PendingAsks
  readonly #gone = deferred<WorkerEnd>()
  /** Resolves when the process has ended and nothing of it is left. */
  readonly gone = this.#gone.promise
  #state: Phase
  #pid = 0
  readonly cpu = new CpuMeter(() => this.#pid)
  /** Does it hold what code of a caller left? It may have been taken over then. */
  hasRun = false
  readonly #warmUps: WarmUps
  #broken: string | null = null
  #killed = false

  private constructor(plan: WorkerPlan, ready: Deferred<void>) {
    this.plan = plan
    this.#state = { phase: 'starting', ready }
    this.#process = new DenoProcess(plan.launch, plan.priority ?? 'equal', {
      onBytes: (bytes) => this.#read(bytes),
      onFlood: () => this.#break('flooded the standard error of the process'),
      onExit: (code, signal, error) => this.#end(code, signal, error),
    })
    this.standing = this.#process.standing
    this.#channel = new RunnerChannel(plan.maxMessageBytes, (bytes) => this.#process.write(bytes))
    const { sendReply, sendAsk } = this.#channel
    const pipe = { drained: () => this.#process.drained(), breakOff: (detail: string) => this.#break(detail) }
    this.#calls = new BridgeCalls(plan.bridge, { send: sendReply, ...pipe })
    this.#asks = new PendingAsks({ send: sendAsk, ...pipe })
    const send = () => this.#state.phase === 'idle' && this.#channel.send({ type: 'warm-up' })
    this.#warmUps = new WarmUps(send, () => plan.audit?.rest())
    this.#channel.begin()
  }

  /** Starts a worker and waits until it can run code. @throws WorkerStartError */
  static async start(plan: WorkerPlan, signal?: AbortSignal): Promise<Worker> {
    const ready = deferred<void>()
    const worker = new Worker(plan, ready)
    await killAtDeadline(ready.promise, () => worker.kill(), { deadlineMs: START_DEADLINE_MS, signal })
    return worker
  }

  /** The process that holds Python; what bubblewrap started, where it stands in between. */
  get pid(): number {
    return this.#pid
  }

  get alive(): boolean {
    return !['starting', 'broken', 'gone'].includes(this.#state.phase)
  }

  /** It will be idle for a while: lets it prepare for its first run, and does not keep the host alive meanwhile. */
  warmUp(): void {
    this.#process.unref()
    this.#warmUps.begin()
  }

  /** Sends one execute message; the listener is told how it goes. The worker must be idle. */
  run(message: HostMessage & { readonly type: 'execute' }, listener: RunListener): void {
    if (this.#state.phase === 'gone') {
      listener.onGone(this.#state.end)
      return
    }
    this.hasRun = true
    this.#leaveIdle()
    this.#state = { phase: 'running', run: message.run, listener }
    this.plan.audit?.begin()
    this.plan.bridge.begin(listener)
    this.#channel.send(message)
  }

  /** Asks something about the files in the worker, which answers when no code runs. @throws WorkerGoneError */
  ask(ask: FileAsk, data?: Uint8Array): Promise<Answered> {
    this.#process.proceed()
    return this.#asks.ask(ask, data)
  }

  /** The runs from here on belong to one session or one batch. The worker must be idle and have run nothing. */
  begin(what: BeginMessage): void {
    this.#channel.send(what)
  }

  /** Takes no processor until it is next asked for something: what its code has left under way waits. */
  standStill(): void {
    if (this.#state.phase === 'idle') this.#process.stop()
  }

  /**
   * Asks something between two runs: the worker must be idle; it is killed when it takes too long or
   * too much, or the signal is aborted.
   */
  async askIdle<Answer>(question: Question<Answer>, signal?: AbortSignal): Promise<Answer> {
    if (this.#state.phase === 'gone') question.gone(this.#state.end)
    else {
      this.hasRun ||= question.message.type === 'wake-session'
      this.#leaveIdle()
      this.#state = { phase: 'asked', question }
      // What cannot be sent whole is not sent at all: who asks hears that the worker has ended.
      this.#channel.sendQuestion(question, () => this.#process.drained()).catch(() => this.kill())
    }
    return await killAtDeadline(question.done, () => this.kill(), {
      deadlineMs: ASKED_DEADLINE_MS,
      signal,
      isOver: this.cpu.budget(),
    })
  }

  /** Asks Python to raise KeyboardInterrupt in the run in progress. */
  interrupt(): void {
    if (this.#state.phase === 'running') this.#channel.send({ type: 'interrupt', run: this.#state.run })
  }

  /** Stops taking output, so that Python has to wait. */
  pause(): void {
    this.#process.pause()
  }

  resume(): void {
    this.#process.resume()
  }

  /** Ends the worker at once. */
  kill(): void {
    this.#killed = true
    // What it has open on the host ends with it, and not a little later.
    inBackground(this.plan.bridge.close())
    this.#process.kill()
  }

  /** Lets it end by itself, when its input ends; killed after a second. */
  async finish(): Promise<void> {
    this.#process.endInput()
    await killAtDeadline(this.gone, () => this.kill(), { deadlineMs: 1000 })
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.kill()
    await this.gone
  }

  #leaveIdle(): void {
    if (this.#state.phase !== 'idle') throw new TypeError(`Cannot use the worker: it is ${this.#state.phase}`)
    this.#warmUps.end()
    this.#process.proceed()
    this.#process.ref()
  }

  #read(bytes: Uint8Array): void {
    if (this.#broken !== null) return
    try {
      for (const { kind, payload } of this.#channel.read(bytes)) {
        const state = this.#state
        if (kind === FRAME_RUNNER) this.#message(payload)
        else if (kind === FRAME_SESSION && state.phase === 'asked') state.question.piece(payload)
        else if (kind === FRAME_CALL && state.phase !== 'starting') this.#calls.take(payload)
        else if (kind === FRAME_ANSWER) this.#asks.take(payload)
        else if (kind === FRAME_STDOUT) this.#output('stdout', payload)
        else if (kind === FRAME_STDERR) this.#output('stderr', payload)
        else this.#break(`a frame of kind ${kind} while it was ${state.phase}`)
        if (this.#broken !== null) return
      }
    } catch (error) {
      this.#break(error instanceof Error ? error.message : String(error))
    }
  }

  #output(stream: 'stdout' | 'stderr', bytes: Uint8Array): void {
    // A task that the code left behind may still print; nobody listens any more.
    if (this.#state.phase === 'running') this.#state.listener.onOutput(stream, bytes)
  }

  #message(payload: Uint8Array): void {
    const message = this.#channel.parse(payload)
    const state = this.#state
    const ours = state.phase === 'running' && 'run' in message && message.run === state.run
    if (message.type === 'ready' && state.phase === 'starting') {
      this.#state = { phase: 'idle' }
      this.#pid = innermostProcess(this.#process.pid)
      this.standing.again()
      state.ready.resolve()
    } else if (message.type === 'display') {
      // A task that an earlier run left behind may still show something; nobody looks.
      if (ours) state.listener.onDisplay(message, payload.length)
    } else if (message.type === 'started' && ours) state.listener.onStarted()
    else if (message.type === 'end' && ours) {
      this.#state = { phase: message.error?.kind === 'crashed' ? 'broken' : 'idle' }
      state.listener.onEnd(message)
    } else if (state.phase === 'asked') {
      state.question.answer(message)
      this.#state = { phase: 'idle' }
    } else this.#break(`unexpected message "${message.type}"`)
  }

  /** The worker broke the protocol: it is not the runner that speaks. */
  #break(detail: string): void {
    this.#broken = detail.slice(0, 500)
    this.kill()
  }

  #end(exitCode: number | null, signal: string | null, error?: Error): void {
    const end: WorkerEnd = {
      reason: this.#broken !== null ? 'protocol' : this.#killed ? 'killed' : 'exited',
      exitCode,
      detail: this.#broken ?? this.#process.stderr,
    }
    const state = this.#state
    this.#warmUps.end()
    this.#asks.close()
    this.#state = { phase: 'gone', end }
    if (state.phase === 'starting') state.ready.reject(startError(end, signal, error))
    else if (state.phase === 'running') state.listener.onGone(end)
    else if (state.phase === 'asked') state.question.gone(end)
    inBackground(removeLeftovers(this.plan).finally(() => this.#gone.resolve(end)))
  }
}
