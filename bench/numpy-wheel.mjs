import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'

/**
 * The wheel of numpy in the folder that `AGENTCHAT_TEST_WHEELS` names.
 * @returns {{ folder: string, wheel: string } | null}
 */
export function numpyWheel() {
  const folder = process.env.AGENTCHAT_TEST_WHEELS ?? ''
  const name = existsSync(folder) ? readdirSync(folder).find((each) => each.startsWith('numpy-')) : undefined
  return name === undefined ? null : { folder, wheel: join(folder, name) }
}

/**
 * Python that unpacks a wheel in a naive process.
 * @param {string} wheel
 */
export function unpackWheel(wheel) {
  return `
import importlib, io, sysconfig, zipfile
from js import Deno
archive = zipfile.ZipFile(io.BytesIO(Deno.readFileSync(${JSON.stringify(wheel)}).to_py()))
archive.extractall(sysconfig.get_paths()['purelib'])
importlib.invalidate_caches()
`
}
