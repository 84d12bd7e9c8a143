import { stat } from 'node:fs/promises'
import { resolve } from 'node:path'
import { EXIT_SUCCESS, UsageError } from 'agentchat-sandbox-base/command/outcome'
import { defaultCacheFolder } from '../../sandbox/host/cache-folder.ts'
import { findPyodide } from '../../sandbox/host/pyodide-package.ts'
import { readContents } from '../../sandbox/image/contents.ts'
import { Image } from '../../sandbox/image/image.ts'
import {
  type NamedImage,
  nameProblem,
  recipeOf,
  saveNamed,
  withoutPath,
} from '../../sandbox/image/named-images.ts'
import { findPackages } from '../../sandbox/packages/find-packages.ts'
import { say } from '../say.ts'
import { WaitDisplay } from '../wait-display.ts'
import type { BuildFlags } from './build-flags.ts'
import { describeImage } from './describe.ts'

/** No program is run: what the worker says is short. */
const MAX_MESSAGE_BYTES = 2 ** 20

/**
 * Makes an image, starts a process from it to see that it works, and only then gives it its name.
 * @throws UsageError
 * @throws SandboxError
 */
export async function buildNamed(flags: BuildFlags): Promise<number> {
  await checkFlags(flags)
  const { name, packages: requirements, warm = null } = flags
  const cacheDir = defaultCacheFolder()
  const named = await prepare(flags, async (onProgress) => {
    onProgress({ stage: 'finding packages', done: 0, total: 4 })
    const wheels = await findPackages(requirements, placesOf(flags, cacheDir), findPyodide())
    const created = new Date().toISOString()
    const found: NamedImage = {
      format: 1,
      name,
      created,
      requirements: [...requirements],
      warm,
      wheels: wheels.map(withoutPath),
    }
    const image = new Image(recipeOf(cacheDir, found), { cacheDir, onProgress, isolation: 'auto' })
    const worker = await image.startWorker(MAX_MESSAGE_BYTES)
    await worker[Symbol.asyncDispose]()
    await saveNamed(cacheDir, found)
    return { image, found }
  })
  const contents = await readContents(named.image.folder)
  for (const { module, reason } of contents?.notImported ?? []) say(`"${module}" was not imported: ${reason}`)
  const description = await describeImage(cacheDir, named.found)
  if (flags.json) process.stdout.write(`${JSON.stringify(description, null, 2)}\n`)
  else {
    const packages = description.packages.map(({ name: each, version }) => `${each} ${version}`).join(', ')
    process.stdout.write(
      `image "${name}" is ready: ${packages} (${Math.ceil(description.bytes / 2 ** 20)} MB)\n`,
    )
  }
  return EXIT_SUCCESS
}

type OnProgress = (progress: { stage: string; done: number; total: number }) => void

async function prepare<Result>(
  { name }: BuildFlags,
  work: (onProgress: OnProgress) => Promise<Result>,
): Promise<Result> {
  using display = new WaitDisplay(`building the image "${name}"`, `building the image "${name}"`)
  return await work((progress) => display.progress(progress))
}

function placesOf({ wheels, index, offline }: BuildFlags, cacheDir: string) {
  return {
    cacheDir,
    wheels: wheels === undefined ? undefined : resolve(wheels),
    indexUrl: index,
    offline: offline === true ? true : undefined,
  }
}

async function checkFlags({ name, packages, wheels, index }: BuildFlags): Promise<void> {
  const problem = nameProblem(name)
  if (problem !== null) throw new UsageError(`--name "${name}": ${problem}`)
  if (packages.length === 0) throw new UsageError('--packages: name at least one package')
  if (index !== undefined && !/^https?:$/.test(protocolOf(index)))
    throw new UsageError(`--index "${index}": must be an http or https address`)
  if (wheels === undefined) return
  const there = await stat(wheels).catch(() => null)
  if (!there?.isDirectory()) throw new UsageError(`--wheels "${wheels}": there is no such folder`)
}

function protocolOf(address: string): string {
  return URL.canParse(address) ? new URL(address).protocol : ''
}
