import { availableParallelism, hostname } from 'node:os'
import { UsageError } from 'agentchat-sandbox-base/command/outcome'
import { createLogger } from '../logger.ts'
import { chooseIsolation } from './choose-isolation.ts'
import { configOf, unlogged } from './command-config.ts'
import { say } from './say.ts'
import { endOfService, optionsOf, toUsageError } from './serve.ts'
import { readVersion } from './version.ts'

/** What the flags of `worker` say. */
export interface MachineFlags {
  readonly nats?: string
  readonly name?: string
  readonly slots?: string
  readonly image?: string
  readonly logLevel?: string
}

/** Executions that run go on to their end, unless something else is set. */
const GRACE_SECONDS = 600

/** What is kept of sessions that gave their worker back takes less than one that is awake. */
const KEPT_FOR_EACH = 4

/**
 * Runs what services have for it until a signal ends it; gives the exit code.
 * @throws UsageError when the configuration cannot be used, or NATS does not take it
 */
export async function worker({ nats, name, slots: wanted, image, logLevel }: MachineFlags): Promise<number> {
  const config = configOf({
    ...(nats === undefined ? {} : { nats }),
    ...(name === undefined ? {} : { machineName: name }),
    ...(wanted === undefined ? {} : { poolMax: wanted }),
    ...(image === undefined ? {} : { image }),
    ...(logLevel === undefined ? {} : { logLevel }),
  })
  if (config.nats === undefined) throw new UsageError('worker needs --nats, or AGENTCHAT_NATS_URL')
  if (config.databaseUrl !== undefined)
    throw new UsageError(
      'worker takes no DATABASE_URL: code that breaks out of it must not find one; unset it',
    )
  if (config.secretKey !== undefined)
    throw new UsageError('worker takes no AGENTCHAT_SECRET_KEY: it is for services alone; unset it')
  const logger = createLogger(config.logLevel, unlogged(config))
  const { isolation, told } = await chooseIsolation(config.isolation)
  say(told)
  const { startMachine } = await import('../machines/index.ts')
  const slots = config.poolMax ?? availableParallelism()
  const maxAwake = config.maxLiveSessions ?? slots
  const machine = await startMachine({
    nats: { url: config.nats, seed: config.natsSeed, caFile: config.natsCa },
    name: config.machineName ?? nameOfHost(),
    slots,
    copies: {
      ...{ maxAwake, maxKept: KEPT_FOR_EACH * maxAwake, maxBytes: config.maxMemoryMb * 2 ** 20 },
      idleSeconds: config.sessionIdleSeconds,
    },
    sandbox: { ...optionsOf({ ...config, isolation }).sandbox, memoryLimitMb: config.maxMemoryMb },
    version: readVersion(),
    logger,
  }).catch(toUsageError)
  process.stdout.write(`agentchat-sandbox-server worker "${machine.name}" has joined\n`)
  const exitCode = await endOfService()
  const isSet = (process.env.AGENTCHAT_GRACE_SECONDS ?? '') !== ''
  const graceSeconds = isSet ? config.graceSeconds : GRACE_SECONDS
  say(`ending when what runs has ended, within ${graceSeconds} s; press Ctrl-C again to end at once`)
  await machine.close(graceSeconds * 1000)
  return exitCode
}

function nameOfHost(): string {
  const words = hostname()
    .toLowerCase()
    .split(/[^a-z0-9]/)
    .filter((word) => word !== '')
  return words.join('-').slice(0, 40).replace(/-$/, '') || 'machine'
}
