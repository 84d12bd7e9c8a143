import { EXIT_SUCCESS } from 'agentchat-sandbox-base/command/outcome'
import { paint } from 'agentchat-sandbox-base/command/terminal'
import { defaultCacheFolder } from '../../sandbox/host/cache-folder.ts'
import { listNamed } from '../../sandbox/image/named-images.ts'
import { describeImage, type ImageDescription } from './describe.ts'

const MAX_PACKAGES_SHOWN = 6

/** Prints the images, one a line. */
export async function listImages(json: boolean): Promise<number> {
  const cacheDir = defaultCacheFolder()
  const images: ImageDescription[] = []
  for (const named of [null, ...listNamed(cacheDir)]) images.push(await describeImage(cacheDir, named))
  if (json) process.stdout.write(`${JSON.stringify(images, null, 2)}\n`)
  else process.stdout.write(table(images))
  return EXIT_SUCCESS
}

function table(images: readonly ImageDescription[]): string {
  const rows = images.map((image) => [
    image.name,
    image.built ? `${Math.ceil(image.bytes / 2 ** 20)} MB` : 'not built',
    packagesOf(image),
  ])
  const all = [['NAME', 'SIZE', 'PACKAGES'], ...rows]
  const widths = [0, 1].map((column) => Math.max(...all.map((row) => row[column]?.length ?? 0)))
  const { bold } = paint(process.stdout)
  return all
    .map((row, index) => {
      const line = row
        .map((cell, column) => cell.padEnd(widths[column] ?? 0))
        .join('  ')
        .trimEnd()
      return `${index === 0 ? bold(line) : line}\n`
    })
    .join('')
}

function packagesOf({ packages }: ImageDescription): string {
  if (packages.length === 0) return '-'
  const shown = packages.slice(0, MAX_PACKAGES_SHOWN).map(({ name, version }) => `${name} ${version}`)
  const more = packages.length - shown.length
  return shown.join(', ') + (more > 0 ? ` and ${more} more` : '')
}
