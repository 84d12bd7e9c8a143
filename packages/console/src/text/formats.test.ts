import i18next from 'i18next'
import { expect, test } from 'vitest'
import { duration } from './formats.ts'

test.each([
  ['en', ['9.5ms', '910ms', '4.61s', '2m 5s']],
  ['zh', ['9.5毫秒', '910毫秒', '4.61秒', '2分钟 5秒']],
])('duration() keeps to one style of units in %s', async (language, expected) => {
  await i18next.init({ lng: language, resources: {} })
  expect([9.5, 910, 4610, 125_000].map(duration)).toEqual(expected)
})
