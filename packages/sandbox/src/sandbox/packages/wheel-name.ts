import { valid } from '@renovatebot/pep440'
import { normaliseName } from './requirement.ts'

/** What the name of a wheel says: `numpy-2.4.3-cp314-cp314-pyemscripten_2026_0_wasm32.whl`. */
export interface WheelName {
  readonly fileName: string
  /** Normalised. */
  readonly name: string
  readonly version: string
  readonly pythons: readonly string[]
  readonly abis: readonly string[]
  readonly platforms: readonly string[]
}

/** The Python that wheels are for. */
export interface WheelTarget {
  /** `3.14.2` */
  readonly python: string
  /** Name of the binary interface, `2026_0`. */
  readonly abi: string
  /** `wasm32` */
  readonly arch: string
}

/** Letters that are the same in every file system; nothing that could be a path. */
const FILE_NAME = /^[A-Za-z0-9][\w.+!-]{0,250}\.whl$/

/** Reads the name of a wheel, or gives null where it is none. */
export function parseWheelName(fileName: string): WheelName | null {
  if (!FILE_NAME.test(fileName)) return null
  const parts = fileName.slice(0, -'.whl'.length).split('-')
  if (parts.length !== 5 && parts.length !== 6) return null
  const [name = '', version = ''] = parts
  const [python = '', abi = '', platform = ''] = parts.slice(-3)
  if (name === '' || valid(version) === null) return null
  return {
    fileName,
    name: normaliseName(name),
    version,
    pythons: python.split('.'),
    abis: abi.split('.'),
    platforms: platform.split('.'),
  }
}

/** Does the wheel run on this Python? The larger the number the closer it fits; 0: it does not. */
export function fitOf(wheel: WheelName, target: WheelTarget): number {
  const [major, minor] = target.python.split('.').map(Number)
  const platforms = wheel.platforms.map((platform) => {
    if (platform === `pyemscripten_${target.abi}_${target.arch}`) return 4
    if (platform === `pyodide_${target.abi}_${target.arch}`) return 3
    return platform === 'any' ? 1 : 0
  })
  const pythons = wheel.pythons.map((tag) => {
    const [, kind, tagMajor, tagMinor] = /^(py|cp)(\d)(\d*)$/.exec(tag) ?? []
    if (kind === undefined || Number(tagMajor) !== major) return 0
    if (tagMinor === '') return kind === 'py' ? 1 : 0
    if (kind === 'cp' && Number(tagMinor) === minor) return 3
    const isOlder = Number(tagMinor) <= (minor ?? 0)
    return isOlder && (kind === 'py' || wheel.abis.includes('abi3')) ? 2 : 0
  })
  const abis = wheel.abis.map((abi) => {
    if (abi === `cp${major}${minor}`) return 3
    return abi === 'abi3' ? 2 : abi === 'none' ? 1 : 0
  })
  const [platform, python, abi] = [platforms, pythons, abis].map((fits) => Math.max(0, ...fits))
  return platform && python && abi ? platform * 100 + python * 10 + abi : 0
}
