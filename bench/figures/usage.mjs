import { performance } from 'node:perf_hooks'
import { UsageTicks } from '../../packages/sandbox/build/sandbox/execution/usage-timeline.js'
import { PyodideSandbox } from '../../packages/sandbox/build/sandbox/index.js'
import { atMost } from '../row.mjs'

const SECONDS = 4
const CODE = `import time
end = time.time() + ${SECONDS}
while time.time() < end: pass`

/**
 * What it costs to tell four times a second what a run takes: processor time of the host while it looks and tells, over the
 * time of the run. The code waits for none of it.
 * @type {import('./figure.mjs').Figure}
 */
export const usageFigure = {
  names: ['usage'],
  slow: false,
  async measure({ log }) {
    log('usage of a run that goes on')
    const looks = watchLooks()
    const sandbox = new PyodideSandbox({ pool: { min: 1, max: 1 } })
    let told = 0
    for await (const event of sandbox.stream(CODE)) if (event.type === 'usage') told += 1
    await sandbox.close()
    const share = (looks.ms / (SECONDS * 1000)) * 100
    looks.stop()
    return [
      {
        figure: 'Telling what a run takes, in % of its time',
        unit: '',
        ours: share,
        goal: atMost(2),
        details: { told, ms: looks.ms },
      },
    ]
  },
}

/** Adds up how long the host is at it: the function that an interval of 250 ms calls. */
function watchLooks() {
  const real = globalThis.setInterval
  const looks = { ms: 0, stop: () => Object.assign(globalThis, { setInterval: real }) }
  globalThis.setInterval = (action, ms, ...rest) => {
    if (ms !== UsageTicks.INTERVAL_MS) return real(action, ms, ...rest)
    return real(() => {
      const begun = performance.now()
      action()
      looks.ms += performance.now() - begun
    }, ms)
  }
  return looks
}
