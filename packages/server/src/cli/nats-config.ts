import { existsSync, writeFileSync } from 'node:fs'
import { join, resolve } from 'node:path'
import { EXIT_SUCCESS, UsageError } from 'agentchat-sandbox-base/command/outcome'
import { makeFolderSync } from 'agentchat-sandbox-base/disk/make-folder'
import { MACHINE_NAME, natsSettings, newNatsUsers } from '../machines/index.ts'

/**
 * Prints settings and keys, or writes them to a folder; gives the exit code.
 * @throws UsageError for a name that cannot be used, and where there is something already
 */
export function natsConfig({
  machine,
  folder,
}: {
  readonly machine: string[]
  readonly folder?: string
}): number {
  const wrong = machine.find((name, index) => !MACHINE_NAME.test(name) || machine.indexOf(name) < index)
  if (wrong !== undefined)
    throw new UsageError(`--machine "${wrong}": must be 1 to 40 of a-z, 0-9 and "-", each name once`)
  const { service, machines } = newNatsUsers(machine)
  const settings = natsSettings(service, machines)
  const users = [service, ...machines]
  if (folder === undefined) {
    const seeds = users.map(({ name, seed }) => `# ${name}: AGENTCHAT_NATS_SEED=${seed}\n`)
    process.stdout.write(
      `${settings}\n# Keys, each for its owner alone. The server does not need them: take them out.\n${seeds.join('')}`,
    )
    return EXIT_SUCCESS
  }
  const place = resolve(folder)
  const files = new Map([
    ['nats-server.conf', settings],
    ...users.map(({ name, seed }) => [`${name}.seed`, `${seed}\n`] as const),
  ])
  const taken = [...files.keys()].find((name) => existsSync(join(place, name)))
  // Other keys in the place of those that are used would lock everybody out.
  if (taken !== undefined)
    throw new UsageError(`--folder "${place}": "${taken}" is there already; name another folder`)
  makeFolderSync(place)
  for (const [name, text] of files) writeFileSync(join(place, name), text, { mode: 0o600, flag: 'wx' })
  process.stdout.write(`wrote ${[...files.keys()].join(', ')} in ${place}\n`)
  return EXIT_SUCCESS
}
