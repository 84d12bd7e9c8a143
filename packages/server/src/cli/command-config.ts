import { readKnownSecrets } from 'agentchat-sandbox-base/command/known-secrets-file'
import { UsageError } from 'agentchat-sandbox-base/command/outcome'
import { type Config, ConfigError, readConfig, secretsIn } from '../config.ts'
import type { ServeFlags } from './serve-flags.ts'

/** The configuration, with the secrets that it lists in a file. */
export interface CommandConfig extends Config {
  readonly knownSecrets: readonly string[]
}

/** Values that no line of the log may hold. */
export function unlogged(config: CommandConfig) {
  return { secrets: secretsIn(config), listed: config.knownSecrets }
}

/** What the flags of a command set. */
type Settings = ServeFlags & { readonly machineName?: string; readonly poolMax?: string }

/**
 * The configuration of what runs code.
 * @throws UsageError when it, or a file that it names, cannot be used
 */
export function configOf(settings: Settings): CommandConfig {
  const config = settingsOf(settings)
  return { ...config, knownSecrets: knownSecretsOf(config) }
}

/** The configuration: flags before variables. @throws UsageError */
export function settingsOf({ printConfig: _print, rotateKey: _rotate, ...settings }: Settings): Config {
  try {
    return readConfig(process.env, settings)
  } catch (error) {
    if (error instanceof ConfigError) throw new UsageError(error.message, { cause: error })
    throw error
  }
}

/** @throws UsageError */
function knownSecretsOf({ knownSecretsFile, redaction }: Config): string[] {
  if (knownSecretsFile === undefined) return []
  if (redaction === 'off')
    throw new UsageError('AGENTCHAT_KNOWN_SECRETS_FILE does not go with AGENTCHAT_REDACTION=off')
  return readKnownSecrets(knownSecretsFile, 'AGENTCHAT_KNOWN_SECRETS_FILE')
}
