// The process that plays the host of a sandbox. Each lane of the harness has one: so that an attack that brings a host
// down, makes it grow or writes on its terminal is seen from outside. Started with its settings as JSON; asked by
// messages `{ id, method, params }`, which it answers with `{ id, value }` or `{ id, error }`.
import { monitorEventLoopDelay } from 'node:perf_hooks'
import { Bare } from './bare.mjs'
import { Product } from './product.mjs'

const settings = JSON.parse(process.argv[2])
const host = settings.kind === 'product' ? new Product(settings) : new Bare(settings)

/** What the objects of this process look like while nobody has changed them. */
const pristine = shapeOfPrototypes()

/** How long this process could do nothing else. */
const delay = monitorEventLoopDelay({ resolution: 10 })
delay.enable()

const methods = {
  /** Makes ready for one attack. A text says why it cannot be run here. */
  prepare: (/** @type {{ grants: object }} */ { grants }) => host.prepare(grants),
  run: async (/** @type {import('./product.mjs').Request} */ request) => {
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

process.on('message', async ({ id, method, params }) => {
  try {
    process.send({ id, value: (await methods[method](params)) ?? null })
  } catch (error) {
    process.send({ id, error: `${error?.name}: ${error?.message}` })
  }
})
process.on('disconnect', () => void host.close().finally(() => process.exit()))

function shapeOfPrototypes() {
  return [Object, Array, Function, String, Promise, Uint8Array]
    .map((type) => Reflect.ownKeys(type.prototype).map(String).join())
    .concat(String(JSON.stringify), String(JSON.parse))
    .join('\n')
}
