import { EXIT_SUCCESS } from 'agentchat-sandbox-base/command/outcome'
import { defaultCacheFolder } from '../../sandbox/host/cache-folder.ts'
import { readNamed } from '../../sandbox/image/named-images.ts'
import { BASE_RECIPE } from '../../sandbox/image/recipe.ts'
import { describeImage, type ImageDescription } from './describe.ts'

/**
 * Prints what is in an image.
 * @throws ImageUnknownError
 */
export async function inspectImage(name: string, json: boolean): Promise<number> {
  const cacheDir = defaultCacheFolder()
  const named = name === BASE_RECIPE.name ? null : readNamed(cacheDir, name)
  const image = await describeImage(cacheDir, named)
  process.stdout.write(json ? `${JSON.stringify(image, null, 2)}\n` : textOf(image))
  return EXIT_SUCCESS
}

function textOf(image: ImageDescription): string {
  const lines: [string, string][] = [
    ['name', image.name],
    ['created', image.created ?? 'with the first program'],
    ['asked for', image.requirements.join(', ') || '-'],
    ...image.packages.map(({ name, version, sha256 }, index): [string, string] => [
      index === 0 ? 'packages' : '',
      `${name} ${version}  sha256 ${sha256}`,
    ]),
    ['imported', image.imported.join(', ') || '-'],
    ...image.notImported.map(({ module, reason }): [string, string] => [
      'not imported',
      `${module}: ${reason}`,
    ]),
    ['warm-up', image.warm ?? '-'],
    ['size', image.built ? `${Math.ceil(image.bytes / 2 ** 20)} MB` : 'not built: the next program does it'],
    ['folder', image.folder],
  ]
  return lines.map(([label, text]) => `${label.padEnd(13)}${text}\n`).join('')
}
