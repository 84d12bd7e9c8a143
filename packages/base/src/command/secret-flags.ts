import { type Command, InvalidArgumentError, Option } from 'commander'

/** A secret as a flag names it. */
interface SecretFlag {
  readonly value: string
  readonly hosts: string[]
}

/** What the flags say of secrets. */
export interface SecretFlags {
  readonly secret?: Readonly<Record<string, SecretFlag>>
  readonly redact?: 'off' | 'known' | 'known+patterns'
  readonly knownSecret?: readonly string[]
  readonly knownSecretsFile?: string
}

/** Adds the flags for secrets that are used, and for those that are taken out. */
export function addSecretFlags(command: Command): Command {
  const redact = new Option('--redact <policy>', 'what is taken out of what comes back (default: known)')
  return command
    .option(
      '--secret <name@hosts>',
      'variable of ours whose value goes into requests to these hosts, and which Python never sees; repeat for more',
      addSecret,
    )
    .option('--known-secret <name>', 'variable of ours whose value is taken out of what comes back', addName)
    .option('--known-secrets-file <file>', 'the same for what is on the lines of a file')
    .addOption(redact.choices(['off', 'known', 'known+patterns']))
}

/** The options of the library that the flags set. @throws UsageError when the file of secrets cannot be used */
export async function secretOptionsOf({ secret, redact, knownSecret = [], knownSecretsFile }: SecretFlags) {
  const ofVariables = knownSecret.map((env) => ({ env }))
  const ofFile = knownSecretsFile === undefined ? [] : await secretsOfFile(knownSecretsFile)
  return { secrets: secret, redaction: redact, knownSecrets: [...ofVariables, ...ofFile] }
}

/** Most runs name no file, and need not load what reads one. */
async function secretsOfFile(path: string): Promise<string[]> {
  const { readKnownSecrets } = await import('./known-secrets-file.ts')
  return readKnownSecrets(path, '--known-secrets-file')
}

/** Reads `API_KEY@api.example.com,other.example.com`. @throws InvalidArgumentError */
export function addSecret(
  text: string,
  earlier: Readonly<Record<string, SecretFlag>> = {},
): Record<string, SecretFlag> {
  const [name = '', hosts = '', ...more] = text.split('@')
  if (name === '' || hosts === '' || more.length > 0)
    throw new InvalidArgumentError(
      'It must be the name of a variable, "@", and hosts with commas between them.',
    )
  const value = process.env[name]
  if (value === undefined || value === '') throw new InvalidArgumentError(`The variable ${name} is not set.`)
  return { ...earlier, [name]: { value, hosts: hosts.split(',').map((host) => host.trim()) } }
}

function addName(name: string, earlier: readonly string[] = []): string[] {
  if (!process.env[name]) throw new InvalidArgumentError(`The variable ${name} is not set.`)
  return [...earlier, name]
}
