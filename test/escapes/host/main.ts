// The process that plays the host of a sandbox. Each lane of the harness has one: so that an attack that brings a host
// down, makes it grow or writes on its terminal is seen from outside. Started with its settings as JSON; asked by
// messages `{ id, method, params }`, which it answers with `{ id, value }` or `{ id, error }`.
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { Bare } from './bare.ts'
import type { Host, HostSettings, Request } from './outcome.ts'
import { Product } from './product.ts'

const settings: HostSettings = JSON.parse(process.argv[2] ?? '')
const host: Host = settings.kind === 'product' ? new Product(settings) : new Bare(settings)

/** What the objects of this process look like while nobody has changed them. */
const pristine = shapeOfPrototypes()

/** How long this process could do nothing else. */
const delay = monitorEventLoopDelay({ resolution: 10 })
delay.enable()

const methods: Readonly<Record<string, (params: never) => Promise<unknown>>> = {
  /** Makes ready for one attack. A text says why it cannot be run here. */
  prepare: ({ grants }: { grants: object }) => host.prepare(grants),
  run: async (request: Request) => {
    delay.reset()
    const outcome = await host.run(request)
    return { ...outcome, hostLagMs: delay.max / 1e6 }
  },
  /** The run is over: nothing of it may go on. */
  endRun: () => host.endRun(),
  /** Were the prototypes of this process changed? */
  isPolluted: async () => shapeOfPrototypes() !== pristine,
  close: () => host.close(),
}

process.on('message', async (message) => {
  const { id, method, params } = message as { id: number; method: string; params: never }
  try {
    process.send?.({ id, value: (await methods[method]?.(params)) ?? null })
  } catch (error) {
    process.send?.({ id, error: String(error) })
  }
})
process.on('disconnect', () => void host.close().finally(() => process.exit()))

function shapeOfPrototypes(): string {
  return [Object, Array, Function, String, Promise, Uint8Array]
    .map((type) => Reflect.ownKeys(type.prototype).map(String).join())
    .concat(String(JSON.stringify), String(JSON.parse))
    .join('\n')
}
