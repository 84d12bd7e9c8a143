import { inBackground } from 'agentchat-sandbox-base/async/in-background'
import { isTerminal } from 'agentchat-sandbox-base/command/terminal'
import type { Spinner } from 'yocto-spinner'
import type { Progress } from '../sandbox/index.ts'
import { say } from './say.ts'

const PATIENCE_MS = 500

/**
 * Shows on standard error that something takes its time: on a terminal a spinner, once it has taken half a second;
 * elsewhere a plain line for each step of a preparation.
 */
export class WaitDisplay implements Disposable {
  readonly #terminal = isTerminal(process.stderr) && !process.env.CI
  readonly #timer: NodeJS.Timeout | null
  readonly #preparation: string
  #text: string
  #spinner: Spinner | null = null
  #ended = false

  /** @param preparation what is under way when steps of a preparation are told */
  constructor(text: string, preparation = 'preparing Python, first use only') {
    this.#text = text
    this.#preparation = preparation
    this.#timer = this.#terminal ? setTimeout(() => inBackground(this.#show()), PATIENCE_MS) : null
    process.once('exit', this.#stop)
  }

  /** Tells one step of a long preparation. */
  progress({ stage, done, total }: Progress): void {
    this.#text = `${this.#preparation}: ${stage} (${done}/${total})`
    if (!this.#terminal) say(this.#text)
    else if (this.#spinner !== null) this.#spinner.text = this.#text
  }

  /** The waiting is over: nothing of it stays on the screen. */
  end(): void {
    this.#ended = true
    if (this.#timer !== null) clearTimeout(this.#timer)
    process.off('exit', this.#stop)
    this.#stop()
  }

  [Symbol.dispose](): void {
    this.end()
  }

  readonly #stop = () => {
    this.#spinner?.stop()
    this.#spinner = null
  }

  async #show(): Promise<void> {
    const { default: createSpinner } = await import('yocto-spinner')
    if (this.#ended) return
    this.#spinner = createSpinner({ text: this.#text, stream: process.stderr, handleSignals: false }).start()
  }
}
