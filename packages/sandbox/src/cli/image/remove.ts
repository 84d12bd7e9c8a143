import { EXIT_SUCCESS, UsageError } from 'agentchat-sandbox-base/command/outcome'
import { defaultCacheFolder } from '../../sandbox/host/cache-folder.ts'
import { imageFolders, removeFolders, unusedFolders } from '../../sandbox/image/image-store.ts'
import { forgetNamed, readNamed } from '../../sandbox/image/named-images.ts'
import { BASE_RECIPE } from '../../sandbox/image/recipe.ts'

/**
 * Removes images by name, and with `unused` what nothing leads to any more.
 * @throws UsageError
 * @throws ImageUnknownError before anything is removed
 */
export async function removeNamed(names: readonly string[], unused: boolean): Promise<number> {
  if (names.length === 0 && !unused) throw new UsageError('name an image to remove, or say --unused')
  const cacheDir = defaultCacheFolder()
  for (const name of names) {
    if (name === BASE_RECIPE.name) throw new UsageError('"base" cannot be removed: it would be made again')
    readNamed(cacheDir, name)
  }
  for (const name of names) {
    await forgetNamed(cacheDir, name)
    const folders = (await imageFolders(cacheDir)).filter((folder) => folder.name === name)
    tell(`image "${name}"`, await removeFolders(cacheDir, folders))
  }
  if (unused) {
    const folders = await unusedFolders(cacheDir)
    tell(
      `${folders.length} unused ${folders.length === 1 ? 'image' : 'images'}`,
      await removeFolders(cacheDir, folders),
    )
  }
  return EXIT_SUCCESS
}

function tell(what: string, bytes: number): void {
  process.stdout.write(`removed ${what} (${Math.ceil(bytes / 2 ** 20)} MB)\n`)
}
