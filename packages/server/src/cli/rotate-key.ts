import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { EXIT_SUCCESS, UsageError } from 'agentchat-sandbox-base/command/outcome'
import { createLogger } from '../logger.ts'
import { configOf, unlogged } from './command-config.ts'
import { say } from './say.ts'
import { optionsOf, tellAdministrator, toUsageError } from './serve.ts'
import type { ServeFlags } from './serve-flags.ts'
import { readVersion } from './version.ts'

/**
 * Makes a new key file and seals every secret anew; gives the exit code. Broken off, the next start ends it.
 * @throws UsageError when the key is not in a file, or a service has the folder
 */
export async function rotateKey(flags: ServeFlags): Promise<number> {
  const config = configOf(flags)
  const { dataDir } = config
  if (config.secretKey !== undefined)
    throw new UsageError(
      'the key is that of AGENTCHAT_SECRET_KEY: start once with a new one there, and the old one in AGENTCHAT_PREVIOUS_SECRET_KEY',
    )
  if (!existsSync(join(dataDir, 'secret.key'))) throw new UsageError(`there is no key file in "${dataDir}"`)
  const { changeKeyOfFolder, startService } = await import('../http/index.ts')
  const logger = createLogger(config.logLevel, unlogged(config))
  const openAndClose = async () => {
    const options = { ...optionsOf(config), port: 0, logger, version: readVersion() }
    const service = await startService(options).catch(toUsageError)
    tellAdministrator(service, config)
    await service.close(0)
  }
  // The first finds out whether another service has the folder, and ends what was broken off.
  await openAndClose()
  changeKeyOfFolder(dataDir)
  await openAndClose()
  say(`every secret in "${dataDir}" is sealed with a new key`)
  return EXIT_SUCCESS
}
