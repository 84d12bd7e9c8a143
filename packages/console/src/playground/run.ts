import {
  cancelExecution,
  type Display,
  follow,
  giveInput,
  type Heard,
  type Result,
  type RunWish,
  run,
  type Usage,
} from '../api/executions.ts'
import { problemOf, type ServiceProblem } from '../api/problem.ts'
import { Terminal } from '../output/terminal.ts'

/** What a run has shown, in the order in which it came. */
export type Item =
  | { readonly kind: 'text'; readonly terminal: Terminal }
  | { readonly kind: 'display'; readonly number: number; readonly display: Display }
  | { readonly kind: 'tool'; readonly id: string; readonly name: string; readonly ok: boolean | null }
  | { readonly kind: 'input'; readonly prompt: string; readonly line: string | null }

/** Where a run is. */
export type Phase = 'idle' | 'starting' | 'running' | 'stopping' | 'finished' | 'refused' | 'failed'

/** A run as the page shows it. */
export interface RunState {
  readonly phase: Phase
  readonly executionId: string | null
  /** The code that runs, or ran. */
  readonly code: string
  readonly items: readonly Item[]
  /** Does it wait for a line? */
  readonly asks: boolean
  readonly isConnected: boolean
  readonly usage: Usage | null
  readonly startedAt: number | null
  readonly result: Result | null
  /** Why the service did not run it. */
  readonly problem: ServiceProblem | null
  readonly failure: string | null
  /** Changes with everything that was printed. */
  readonly version: number
}

const NEW: RunState = {
  ...{ phase: 'idle', executionId: null, code: '', items: [], asks: false, isConnected: true, usage: null },
  ...{ startedAt: null, result: null, problem: null, failure: null, version: 0 },
}

const MAX_ITEMS = 2000
const PAUSE_MS = 60
const MUCH_CHARS = 8000

/** Runs code, one run after the other, and tells components what became of it, at most once a frame. */
export class Run {
  #state: RunState = NEW
  #items: Item[] = []
  #displays = 0
  #controller: AbortController | null = null
  #telling = false
  /** What the last drawing had that was new, and what the next one will have. */
  #drawnChars = 0
  #newChars = 0
  readonly #listeners = new Set<() => void>()

  get state(): RunState {
    return this.#state
  }

  get isBusy(): boolean {
    return ['starting', 'running', 'stopping'].includes(this.#state.phase)
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener)
    return () => this.#listeners.delete(listener)
  }

  /** Runs it, and resolves when it is over, whatever came of it. */
  async start(wish: RunWish): Promise<void> {
    if (this.isBusy) return
    const controller = new AbortController()
    this.#controller = controller
    this.#items = []
    this.#displays = 0
    this.#set({ ...NEW, phase: 'starting', code: wish.json.code, startedAt: performance.now() })
    try {
      for await (const heard of run(wish, controller.signal)) this.#hear(heard)
      if (this.isBusy) this.#set({ phase: 'failed', asks: false })
    } catch (error) {
      const problem = problemOf(error)
      const phase = this.#state.executionId === null ? 'refused' : 'failed'
      this.#set({ phase, problem, asks: false })
      return
    }
  }

  /** Shows one that is over. */
  show(state: RunState): void {
    this.#items = [...state.items]
    this.#set(state)
  }

  /** Shows a run that goes on somewhere else, from its beginning. */
  async watch(id: string, code: string): Promise<void> {
    const controller = new AbortController()
    this.#controller = controller
    this.#items = []
    this.#displays = 0
    this.#set({ ...NEW, phase: 'running', code, startedAt: performance.now() })
    try {
      for await (const heard of follow(id, controller.signal)) this.#hear(heard)
    } catch (error) {
      this.#set({ phase: 'failed', problem: problemOf(error), asks: false })
    }
  }

  /** Hears no more of it; it goes on. */
  leave(): void {
    this.#controller?.abort()
  }

  /** Has the run end. What it has done until then stays. */
  async stop(): Promise<void> {
    if (!this.isBusy) return
    const { executionId } = this.#state
    this.#set({ phase: 'stopping', asks: false })
    if (executionId === null) this.#controller?.abort()
    else
      await cancelExecution(executionId).catch((error: unknown) => {
        if (this.isBusy) this.#set({ phase: 'running', problem: problemOf(error) })
      })
  }

  /** Gives the line that is waited for; null ends the input. */
  async answer(line: string | null): Promise<void> {
    const { executionId, asks } = this.#state
    if (executionId === null || !asks) return
    const last = this.#items.findLastIndex(({ kind }) => kind === 'input')
    const asked = this.#items[last]
    if (asked?.kind === 'input') this.#items[last] = { ...asked, line: line ?? '' }
    this.#set({ asks: false })
    await giveInput(executionId, line).catch((error: unknown) => this.#set({ problem: problemOf(error) }))
  }

  #hear(heard: Heard): void {
    switch (heard.type) {
      case 'accepted':
        this.#set({ executionId: heard.id })
        return
      case 'started':
        this.#set({
          phase: this.#state.phase === 'stopping' ? 'stopping' : 'running',
          isConnected: true,
        })
        return
      case 'reconnecting':
        this.#set({ isConnected: false })
        return
      case 'stdout':
      case 'stderr':
        this.#print(heard.type, heard.text)
        return
      case 'display': {
        const { mime, data, metadata } = heard
        this.#add({ kind: 'display', number: this.#displays, display: { mime, data, metadata } })
        this.#displays += 1
        return
      }
      case 'tool-call':
        this.#add({ kind: 'tool', id: heard.id, name: heard.name, ok: null })
        return
      case 'tool-result': {
        const at = this.#items.findLastIndex((item) => item.kind === 'tool' && item.id === heard.id)
        const item = this.#items[at]
        if (item?.kind === 'tool') this.#items[at] = { ...item, ok: heard.ok }
        this.#tell()
        return
      }
      case 'input-request':
        this.#add({ kind: 'input', prompt: heard.prompt, line: null })
        this.#set({ asks: true })
        return
      case 'usage':
        this.#set({ usage: heard, isConnected: true })
        return
      case 'finished':
        this.#set({ phase: 'finished', result: heard.result, asks: false, isConnected: true })
        return
      case 'failed':
        this.#set({ phase: 'failed', failure: heard.failure, asks: false })
        return
      case 'file':
      case 'progress':
        return
    }
    heard satisfies never
  }

  #print(stream: 'stdout' | 'stderr', text: string): void {
    const last = this.#items.at(-1)
    const terminal = last?.kind === 'text' ? last.terminal : new Terminal()
    terminal.write(stream, text)
    this.#newChars += text.length
    const isFirst = this.#items.length === 0
    if (last?.kind !== 'text') this.#add({ kind: 'text', terminal })
    // Somebody waits for the first output: it is ready before the next frame, which shows it.
    if (isFirst) this.#draw()
    else this.#tell()
  }

  #add(item: Item): void {
    if (this.#items.length < MAX_ITEMS) this.#items.push(item)
    this.#tell()
  }

  #set(change: Partial<RunState>): void {
    this.#state = { ...this.#state, ...change }
    this.#tell()
  }

  #tell(): void {
    if (this.#telling) return
    this.#telling = true
    const tell = () => {
      this.#telling = false
      this.#draw()
    }
    // A page in the background draws no frames; and between two drawings of much there is time to draw it.
    if (document.hidden || this.#drawnChars > MUCH_CHARS) setTimeout(tell, PAUSE_MS)
    else requestAnimationFrame(tell)
  }

  #draw(): void {
    this.#drawnChars = this.#newChars
    this.#newChars = 0
    this.#state = { ...this.#state, items: [...this.#items], version: this.#state.version + 1 }
    for (const listener of this.#listeners) listener()
  }
}
