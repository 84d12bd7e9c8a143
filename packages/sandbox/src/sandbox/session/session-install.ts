import { stat } from 'node:fs/promises'
import { untilAborted } from 'agentchat-sandbox-base/async/until-aborted'
import { z } from 'zod'
import { late } from '../../protocol/late.ts'
import { PackageError, type PackageProblem } from '../errors/errors.ts'
import { normaliseName } from '../packages/requirement.ts'
import type { RecipeWheel } from '../packages/wheel-file.ts'
import { checkWheel, wheelPieces } from '../packages/wheel-file.ts'
import { parseOptions } from '../parse-options.ts'
import type { WheelToUnpack } from '../worker/session-questions.ts'
import type { Life } from './life.ts'
import type { LiveWorker } from './live-worker.ts'

/** A package that was put into a session. */
export interface InstalledPackage {
  readonly name: string
  readonly version: string
  /** Was it asked for, or does another one need it? */
  readonly requested: boolean
}

const requirementsSchema = late(() => z.array(z.string().min(1)).max(500).min(1))

/**
 * Puts packages into a session whose turn it is, and imports those that were asked for. Where that fails, the session goes
 * on from before it.
 * @throws InvalidOptionsError, PackageError, SessionSaveError
 */
export async function installInSession(
  life: Life,
  packages: readonly string[],
  signal = life.closing,
): Promise<readonly InstalledPackage[]> {
  const requirements = parseOptions(requirementsSchema(), packages, 'packages')
  const { report } = await life.keptState(signal)
  const present = new Map(report.packages.map(({ name, version }) => [normaliseName(name), version]))
  const wheels = await untilAborted(life.parts.findWheels(requirements, present, signal), signal)
  if (wheels.length === 0) return []
  const live = await life.awake(signal)
  try {
    const modules = await unpack(live, wheels, { maxBytes: life.parts.limits.maxFileBytes, signal })
    await importAll(life, live, { modules, signal })
  } catch (error) {
    life.giveUp()
    throw signal.aborted ? signal.reason : error
  }
  life.changed()
  const unsaved = await life.store()
  if (unsaved !== null) throw unsaved
  return wheels.map(({ name, version, requested }) => ({ name, version, requested }))
}

/** Gives the modules of each package that was asked for, by the name of its wheel. */
async function unpack(
  live: LiveWorker,
  wheels: readonly RecipeWheel[],
  { maxBytes, signal }: { readonly maxBytes: number; readonly signal: AbortSignal },
): Promise<ReadonlyMap<string, readonly string[]>> {
  const contents: WheelToUnpack[] = []
  let left = maxBytes
  for (const wheel of wheels) {
    await checkWheel(wheel)
    const { size: bytes } = await stat(wheel.path)
    left -= bytes
    if (left < 0) {
      const detail = `it brings the packages to more than ${maxBytes} bytes (maxFileBytes)`
      throw new PackageError([{ requirement: wheel.fileName, kind: 'too-large', detail }])
    }
    contents.push({ fileName: wheel.fileName, bytes, pieces: wheelPieces(wheel) })
  }
  const modules = await live.unpack(contents, signal)
  const found = wheels.map(
    ({ fileName, requested }, index) => [fileName, requested ? modules[index] : []] as const,
  )
  return new Map(found.map(([fileName, names]) => [fileName, (names ?? []).filter(isModuleName)]))
}

/** As an execution, for this is somebody else's code: under the limits of the sandbox. */
async function importAll(
  life: Life,
  live: LiveWorker,
  {
    modules,
    signal,
  }: { readonly modules: ReadonlyMap<string, readonly string[]>; readonly signal: AbortSignal },
): Promise<void> {
  const names = JSON.stringify([...modules.values()].flat())
  const request = life.parts.request(
    `__import__('agentchat.packages.wheels').packages.wheels.import_all(${names})`,
    { signal },
  )
  let failures: unknown = null
  for await (const event of live.run(request, { queueMs: 0, startMs: 0, keeper: life.parts.keeper })) {
    if (event.type !== 'finished') continue
    const { error, result, usage } = event.result
    life.owe(usage.cpuMs)
    if (error !== null) throw notImportable([...modules.keys()].join(', '), `${error.name}: ${error.message}`)
    failures = result
  }
  const reasons = new Map(Object.entries(failures ?? {}))
  const problems = [...modules].flatMap(([wheel, each]) =>
    each.length > 0 && each.every((name) => reasons.has(name))
      ? notImportable(wheel, String(reasons.get(each[0] ?? ''))).problems
      : [],
  )
  if (problems.length > 0) throw new PackageError(problems)
}

function notImportable(requirement: string, reason: string): PackageError {
  const detail = `it cannot be imported: ${reason}`
  return new PackageError([{ requirement, kind: 'not-importable', detail } satisfies PackageProblem])
}

/** The worker says what it likes. */
function isModuleName(name: string): boolean {
  return /^[\p{ID_Start}_][\p{ID_Continue}]*$/u.test(name)
}
