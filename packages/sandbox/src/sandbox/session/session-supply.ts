import { untilAborted } from 'agentchat-sandbox-base/async/until-aborted'
import { PackageError, SessionSaveError } from '../errors/errors.ts'
import type { MissingImport, PackagePlace } from '../execution/on-demand/import-packages.ts'
import { lackingImports } from '../execution/on-demand/lacking-imports.ts'
import { packageResult } from '../execution/on-demand/package-failure.ts'
import type { ExecutionRequest } from '../execution/request.ts'
import { normaliseName } from '../packages/requirement.ts'
import type { ExecutionEvent } from '../result/events.ts'
import type { CodeExecutionResult } from '../result/result.ts'
import type { Life } from './life.ts'
import { installInSession } from './session-install.ts'

/** What was done about the packages of one execution. */
interface SessionSupply {
  /** What the code imports and nobody could bring. */
  readonly missing: readonly MissingImport[]
  readonly packagesMs: number
}

const LOOKING = { type: 'progress', stage: 'finding packages', done: 0, total: 1 } as const

/**
 * Puts the packages into a session that an execution asks for and, with `autoInstall`, those that its code imports. They
 * stay there. Gives the result instead where packages that were asked for cannot be had: nothing has run.
 */
export async function* supplySession(
  life: Life,
  request: ExecutionRequest,
  signal: AbortSignal,
): AsyncGenerator<ExecutionEvent, SessionSupply | CodeExecutionResult, void> {
  const { packages, autoInstall } = request
  let packagesMs = 0
  const timed = async <Value>(work: Promise<Value>) => {
    const started = performance.now()
    return await work.finally(() => {
      packagesMs += performance.now() - started
    })
  }
  if (packages.length > 0) {
    yield LOOKING
    const failure = await timed(install(life, packages, signal).then(() => null, ownFailure))
    if (failure !== null) return packageResult(request, failure, { packagesMs })
  }
  if (autoInstall === false) return { missing: [], packagesMs }
  const { worker } = await life.awake(signal)
  const lacking = await lackingImports(worker, { ...request, signal })
  // Reading the code has ended it, as running it will; what the session was is kept.
  if (!worker.alive) life.giveUp()
  signal.throwIfAborted()
  if (lacking.length === 0) return { missing: [], packagesMs }
  yield LOOKING
  const { missing } = await timed(
    life.parts.imports.supply(placeOf(life, signal), lacking, { asked: [], autoInstall, onProgress() {} }),
  )
  return { missing, packagesMs }
}

function placeOf(life: Life, signal: AbortSignal): PackagePlace<void> {
  return {
    async resolve(requirements) {
      const { report } = await life.keptState(signal).catch(asPackageError)
      const present = new Map(report.packages.map(({ name, version }) => [normaliseName(name), version]))
      await untilAborted(life.parts.findWheels(requirements, present, signal), signal)
    },
    use: (requirements) => install(life, requirements, signal),
  }
}

async function install(life: Life, requirements: readonly string[], signal: AbortSignal): Promise<void> {
  await installInSession(life, requirements, signal).catch(asPackageError)
  // What it has become is being kept: the worker can do nothing else meanwhile.
  await life.notice(signal)
}

/** There must be a state to go back to: where there is none, nothing is installed. */
function asPackageError(error: unknown): never {
  if (!(error instanceof SessionSaveError)) throw error
  throw new PackageError([{ requirement: 'the session', kind: 'conflict', detail: error.message }], {
    cause: error,
  })
}

function ownFailure(error: unknown): PackageError {
  if (error instanceof PackageError) return error
  throw error
}
