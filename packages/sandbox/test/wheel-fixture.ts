import { createHash } from 'node:crypto'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { strToU8, type Zippable, zipSync } from 'fflate'

/** What goes into a wheel that a test makes. */
export interface WheelPlan {
  readonly name: string
  readonly version?: string
  /** Python, ABI and platform. */
  readonly tag?: string
  readonly requires?: readonly string[]
  /** Paths and contents; without any a module with the name of the wheel. */
  readonly files?: Zippable
}

/** A wheel in memory. */
export interface TestWheel {
  readonly fileName: string
  readonly bytes: Uint8Array
  readonly sha256: string
}

/** Makes a real wheel, of a few hundred bytes. */
export function makeWheel(plan: WheelPlan): TestWheel {
  const { name, version = '1.0', tag = 'py3-none-any', requires = [] } = plan
  const module = name.replaceAll('-', '_')
  const files = plan.files ?? { [`${module}/__init__.py`]: strToU8(`version = ${JSON.stringify(version)}\n`) }
  const info = `${module}-${version}.dist-info`
  const head = [`Metadata-Version: 2.1`, `Name: ${name}`, `Version: ${version}`]
  const metadata = [...head, ...requires.map((line) => `Requires-Dist: ${line}`), '', 'Described.'].join('\n')
  const bytes = zipSync({
    ...files,
    [`${info}/METADATA`]: strToU8(metadata),
    [`${info}/WHEEL`]: strToU8(`Wheel-Version: 1.0\nTag: ${tag}\n`),
  })
  return { fileName: `${module}-${version}-${tag}.whl`, bytes, sha256: sha256Of(bytes) }
}

export function sha256Of(bytes: Uint8Array): string {
  return createHash('sha256').update(bytes).digest('hex')
}

/** A folder that is gone with its test. */
export interface TestFolder extends Disposable {
  readonly path: string
}

/** A folder with these files. */
export function folderWith(files: readonly { fileName: string; bytes: Uint8Array }[] = []): TestFolder {
  const path = mkdtempSync(join(tmpdir(), 'agentchat-test-wheels-'))
  for (const { fileName, bytes } of files) writeFileSync(join(path, fileName), bytes)
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true, force: true }) }
}
