import { unzipSync } from 'fflate'
import { parseRequirement, type Requirement } from './requirement.ts'

const MAX_METADATA_BYTES = 2 ** 20
const MAX_REQUIREMENTS = 500

/**
 * The requirements that a wheel states in its METADATA.
 * @throws Error when the wheel is no zip archive or has no such file
 */
export function readRequirements(wheel: Uint8Array): Requirement[] {
  let found = 0
  const files = unzipSync(wheel, {
    // One file is unpacked, and of a declared size, past which nothing is written: a bomb stays packed.
    filter: ({ name, originalSize }) => {
      if (!/^[^/]+\.dist-info\/METADATA$/.test(name)) return false
      found += 1
      if (originalSize > MAX_METADATA_BYTES) throw new Error(`its METADATA has ${originalSize} bytes`)
      return found === 1
    },
  })
  const [bytes] = Object.values(files)
  if (bytes === undefined) throw new Error('it has no METADATA')
  return parseMetadata(new TextDecoder().decode(bytes))
}

/** The lines `Requires-Dist` of a METADATA file; one that cannot be read is an error when its marker cannot exclude it. */
export function parseMetadata(text: string): Requirement[] {
  const [head = ''] = text.replaceAll('\r\n', '\n').split('\n\n', 1)
  const lines = [...head.matchAll(/^Requires-Dist:(.*)$/gim)]
  if (lines.length > MAX_REQUIREMENTS) throw new Error(`it states ${lines.length} requirements`)
  return lines.map(([, line = '']) => {
    const requirement = parseRequirement(line)
    if ('problem' in requirement) throw new Error(`it requires "${line}": ${requirement.problem}`)
    return requirement
  })
}
