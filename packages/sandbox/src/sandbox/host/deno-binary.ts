import { existsSync } from 'node:fs'
import { createRequire } from 'node:module'
import { dirname, join } from 'node:path'
import { DenoNotFoundError, DenoUnsuitableError } from '../errors/errors.ts'

/** Older versions have holes that matter here; see `docs/threat-model.md`. */
export const MIN_DENO_VERSION = '2.8.1'

/** A Deno binary and its version, as `2.9.6`. */
export interface DenoBinary {
  readonly path: string
  readonly version: string
}

/** npm packages that hold the binary, by platform and architecture; the `deno` package depends on all of them. */
const PLATFORM_PACKAGES: Readonly<Record<string, string>> = {
  'linux-x64': '@deno/linux-x64-glibc',
  'linux-arm64': '@deno/linux-arm64-glibc',
  'darwin-x64': '@deno/darwin-x64',
  'darwin-arm64': '@deno/darwin-arm64',
  'win32-x64': '@deno/win32-x64',
  'win32-arm64': '@deno/win32-arm64',
}

/**
 * Finds the Deno binary in its platform package, so that it does not matter whether install scripts ran. The version
 * is the package's own: the package holds nothing but the binary of that version.
 * @throws DenoNotFoundError
 * @throws DenoUnsuitableError when it is older than `MIN_DENO_VERSION`
 */
export function findDeno(platform = `${process.platform}-${process.arch}`): DenoBinary {
  const name = PLATFORM_PACKAGES[platform]
  if (name === undefined) throw new DenoNotFoundError(null)
  const manifest = resolveManifest(name)
  const { version } = manifest.require(manifest.path) as { version: string }
  const path = join(dirname(manifest.path), process.platform === 'win32' ? 'deno.exe' : 'deno')
  if (!existsSync(path)) throw new DenoNotFoundError(name)
  if (compareVersions(version, MIN_DENO_VERSION) < 0) {
    throw new DenoUnsuitableError(path, `version ${version} is older than ${MIN_DENO_VERSION}`)
  }
  return { path, version }
}

function resolveManifest(name: string): { path: string; require: NodeJS.Require } {
  try {
    const own = createRequire(import.meta.url)
    // Some package managers put it where only the `deno` package can see it.
    const require = createRequire(own.resolve('deno/package.json'))
    return { path: require.resolve(`${name}/package.json`), require }
  } catch (cause) {
    throw new DenoNotFoundError(name, { cause })
  }
}

/** Negative when `a` is older than `b`; both as `1.2.3`. */
export function compareVersions(a: string, b: string): number {
  const [left, right] = [a, b].map((text) => text.split('.').map((part) => Number.parseInt(part, 10)))
  for (let index = 0; index < 3; index++) {
    const difference = (left?.[index] ?? 0) - (right?.[index] ?? 0)
    if (difference !== 0) return difference
  }
  return 0
}
