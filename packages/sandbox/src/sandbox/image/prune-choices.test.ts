import { existsSync, mkdirSync, readdirSync, utimesSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { folderWith } from '../../../test/fixtures/wheels.ts'
import { folderOfRecipe } from './image-store.ts'
import { recipeOf } from './named-images.ts'
import { UNNAMED } from './package-recipe.ts'
import { pruneChoices } from './prune-choices.ts'

const HOUR_MS = 3_600_000
const hashOf = (index: number) => index.toString(16).padStart(64, '0')

/** A cache with the choices, images and wheels of so many sets of packages, the first of them used last. */
function fill(cacheDir: string, count: number): string[] {
  return Array.from({ length: count }, (_, index) => {
    const fileName = 'x-1.0-py3-none-any.whl'
    const wheel = { name: 'x', version: '1.0', fileName, sha256: hashOf(index), requested: true }
    const choice = { wheels: [wheel], warm: null }
    mkdirSync(join(cacheDir, 'choices'), { recursive: true })
    const file = join(cacheDir, 'choices', `${index}.json`)
    writeFileSync(file, JSON.stringify(choice))
    const used = new Date(Date.now() - (index + 2) * HOUR_MS)
    utimesSync(file, used, used)
    const wheels = join(cacheDir, 'wheels', hashOf(index))
    mkdirSync(wheels, { recursive: true })
    writeFileSync(join(wheels, fileName), 'w'.repeat(100))
    utimesSync(wheels, used, used)
    const image = folderOfRecipe(cacheDir, recipeOf(cacheDir, { name: UNNAMED, ...choice }))
    mkdirSync(image, { recursive: true })
    writeFileSync(join(image, 'heap.bin'), 'heap')
    return image
  })
}

test('pruneChoices() keeps the images of the sets that were used last, and removes loose wheels past a size', async () => {
  using cache = folderWith()
  const images = fill(cache.path, 5)
  mkdirSync(join(cache.path, 'images', `base-${'0'.repeat(24)}`))
  await pruneChoices(cache.path, { maxChoices: 5, maxLooseBytes: 0 })
  expect(images.every((image) => existsSync(image))).toBe(true)
  await pruneChoices(cache.path, { maxChoices: 3, maxLooseBytes: 150 })
  expect(images.map((image) => existsSync(image))).toEqual([true, true, true, false, false])
  expect(readdirSync(join(cache.path, 'choices')).length).toBe(3)
  // The image of nobody's packages is none of its business.
  expect(existsSync(join(cache.path, 'images', `base-${'0'.repeat(24)}`))).toBe(true)
  // Two wheels were loose, 200 bytes: the older one is gone.
  expect(readdirSync(join(cache.path, 'wheels')).sort()).toEqual([0, 1, 2, 3].map(hashOf))
})
