import { strToU8 } from 'fflate'
import { expect, test } from 'vitest'
import { PyodideSandbox } from '../../src/sandbox/index.ts'
import { cacheWithBase } from '../fixtures/cache.ts'
import { serveIndex } from '../fixtures/package-index.ts'
import { denoProcesses } from '../fixtures/sandbox.ts'
import { makeWheel } from '../fixtures/wheels.ts'

test('packages are fetched from an index with the hash that it announces, and the signal ends the waiting', async () => {
  using cold = cacheWithBase()
  const fetched = makeWheel({ name: 'from-afar', files: { 'from_afar.py': strToU8('far = 1\n') } })
  const lies = { ...makeWheel({ name: 'lies' }), says: { hashes: { sha256: '0'.repeat(64) } } }
  await using index = await serveIndex([fetched, lies])
  const online = new PyodideSandbox({
    cacheDir: cold.path,
    packageIndex: `${index.url}simple/`,
    autoInstall: true,
    pool: { min: 0, max: 1 },
  })
  try {
    expect(await online.execute('import from_afar; from_afar.far')).toMatchObject({ error: null, result: 1 })
    expect((await online.execute('import lies')).error).toMatchObject({
      kind: 'package',
      message: expect.stringMatching(/has the hash .*, but 0{64} was announced/),
    })
    expect((await online.execute('import nothere')).error?.message).toMatch(/does not know it/)
    const asked = index.asked.length
    expect((await online.execute('import nothere')).error?.kind).toBe('package')
    // It was asked a moment ago.
    expect(index.asked.length).toBe(asked)
    const aborted = await online.execute('import from_afar, another', { signal: AbortSignal.timeout(1) })
    expect(aborted.error?.kind).toBe('cancelled')
  } finally {
    await online.close()
  }
  await expect.poll(() => denoProcesses()).toEqual([])
})
