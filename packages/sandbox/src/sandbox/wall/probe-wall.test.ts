import { expect, test } from 'vitest'
import { findBubblewrap } from './host-tools.ts'
import { probeSecondWall } from './second-wall.ts'

test('probeSecondWall() says why there is no second wall', async () => {
  expect(await probeSecondWall(null)).toMatchObject({ stands: false, reason: expect.stringMatching(/\w/) })
  if (process.platform !== 'linux') return
  expect(await probeSecondWall('/bin/false')).toEqual({
    stands: false,
    reason: 'bubblewrap does not work here',
  })
  expect(await probeSecondWall('/nowhere/bwrap')).toMatchObject({ stands: false })
})

test.runIf(findBubblewrap() !== null)('probeSecondWall() tries bubblewrap itself', async () => {
  const found = await probeSecondWall()
  if (found.stands) expect(found).toEqual({ stands: true })
  else expect(found.reason).toMatch(/bwrap/)
})
