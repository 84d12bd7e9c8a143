import { existsSync, mkdtempSync, readdirSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { PyodideSandbox } from '../../packages/sandbox/build/sandbox/index.js'
import { settle } from '../settle.mjs'
import { median } from '../statistics.mjs'

const CODE = 'import numpy\nprint(int(numpy.arange(5).sum()))'
const ROUNDS = { quick: 5, full: 15 }

/**
 * Packages that a program imports: the first time, when the image with them is made, and warm, when it is there. The
 * wheel is not ours: a folder with it can be named.
 * @type {import('./figure.mjs').Figure}
 */
export const autoInstallFigure = {
  names: ['auto-install'],
  slow: false,
  async measure({ quick, log }) {
    const figure = 'autoInstall of numpy from a wheel folder'
    const wheels = process.env.AGENTCHAT_TEST_WHEELS ?? ''
    if (!existsSync(wheels) || !readdirSync(wheels).some((name) => name.startsWith('numpy-'))) {
      return [{ figure, unit: 'ms', ours: null, note: 'AGENTCHAT_TEST_WHEELS names no folder with numpy' }]
    }
    const cacheDir = mkdtempSync(join(tmpdir(), 'agentchat-bench-'))
    const sandbox = new PyodideSandbox({
      cacheDir,
      wheels,
      offline: true,
      autoInstall: true,
      pool: { min: 1, max: 1 },
    })
    try {
      await sandbox.execute('1')
      log('auto-install: first use')
      const first = await run(sandbox)
      const samples = []
      for (let round = 1; round <= (quick ? ROUNDS.quick : ROUNDS.full); round++) {
        log(`auto-install: round ${round}`)
        await settle(2)
        samples.push((await run(sandbox)).ms)
      }
      return [
        {
          figure: `${figure}, first use`,
          unit: 'ms',
          ours: first.ms,
          note: `${first.packagesMs.toFixed(0)} ms of it for packages`,
        },
        { figure: `${figure}, warm`, unit: 'ms', ours: median(samples), details: samples },
      ]
    } finally {
      await sandbox.close()
      rmSync(cacheDir, { recursive: true })
    }
  },
}

/** @param {PyodideSandbox} sandbox */
async function run(sandbox) {
  const started = performance.now()
  const { stdout, error, usage } = await sandbox.execute(CODE)
  if (stdout !== '10\n') throw new Error(`Cannot measure: ${error?.message ?? JSON.stringify(stdout)}`)
  return { ms: performance.now() - started, packagesMs: usage.packagesMs }
}
