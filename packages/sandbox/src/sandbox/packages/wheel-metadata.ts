import { open } from 'node:fs/promises'
import { Slices } from 'agentchat-sandbox-base/async/slices'
import { parseRequirement, type Requirement } from './requirement.ts'
import { readZipEntry } from './zip-contents.ts'
import { readZipEntries } from './zip-directory.ts'

const MAX_METADATA_BYTES = 2 ** 20
const MAX_REQUIREMENTS = 500
/** Characters of a line that are shown in an error. */
const MAX_SHOWN = 200

/**
 * The requirements that the wheel at this path states in its METADATA.
 * @throws Error when it is no zip archive, or has no such file or several of them
 */
export async function readRequirements(path: string): Promise<Requirement[]> {
  await using file = await open(path, 'r')
  const found = (await readZipEntries(file)).filter(({ name }) => isMetadata(name))
  const [entry] = found
  if (entry === undefined) throw new Error('it has no METADATA')
  // Others may take the last one where we would take the first.
  if (found.length > 1) throw new Error(`it has METADATA ${found.length} times`)
  const contents = await readZipEntry(file, entry, MAX_METADATA_BYTES)
  return await parseMetadata(new TextDecoder().decode(contents))
}

function isMetadata(name: string): boolean {
  const [folder = '', file, ...more] = name.split('/', 3)
  return folder.endsWith('.dist-info') && file === 'METADATA' && more.length === 0
}

/** The lines `Requires-Dist` of a METADATA file; one that cannot be read is an error when its marker cannot exclude it. */
export async function parseMetadata(text: string): Promise<Requirement[]> {
  const [head = ''] = text.replaceAll('\r\n', '\n').split('\n\n', 1)
  const slices = new Slices()
  const requirements: Requirement[] = []
  for (const [, line = ''] of head.matchAll(/^Requires-Dist:(.*)$/gim)) {
    if (line.trim() === '') continue
    if (requirements.length === MAX_REQUIREMENTS)
      throw new Error(`it states more than ${MAX_REQUIREMENTS} requirements`)
    const requirement = parseRequirement(line)
    if ('problem' in requirement)
      throw new Error(`it requires "${line.trim().slice(0, MAX_SHOWN)}": ${requirement.problem}`)
    requirements.push(requirement)
    if (slices.over) await slices.next()
  }
  return requirements
}
