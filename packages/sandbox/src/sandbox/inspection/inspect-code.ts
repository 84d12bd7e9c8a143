import { readFileSync } from 'node:fs'
import { join } from 'node:path'
import { ownTree } from 'agentchat-sandbox-base/disk/own-tree'
import { collect, type ExecutionParts, executeOnce } from '../execution/execute.ts'
import type { ImportPackages } from '../execution/on-demand/import-packages.ts'
import { type ExecutionDefaults, makeRequest } from '../execution/request.ts'
import type { CodeExecutionResult } from '../result/result.ts'
import { type CodeNeeds, type FoundNeeds, foundNeedsSchema } from './code-needs.ts'
import { type GrantedThings, grantedNeeds } from './granted-needs.ts'

/** Reading the longest program takes less, as long as it was not written to take more. */
const MAX_SECONDS = 10
const MAX_RESULT_BYTES = 2 ** 20
const PROGRAM = join(ownTree(import.meta.url).folder, 'sandbox', 'inspection', 'python', 'read_needs.py')

/** What reading code needs of its sandbox. */
export interface InspectionParts extends Omit<GrantedThings, 'packages'> {
  readonly parts: ExecutionParts
  readonly imports: ImportPackages
  readonly settings: ExecutionDefaults
}

/**
 * Has Python parse a program in a worker, which is destroyed afterwards, and says what it seems to need. The program is not run;
 * what reads it has the limits of every execution, and no more than 10 seconds.
 * Rejects with the reason of the signal when that is aborted; throws as `executeOnce` does.
 */
export async function inspectCode(
  code: string,
  { parts, imports, settings, ...things }: InspectionParts,
  signal: AbortSignal | undefined,
): Promise<CodeNeeds> {
  const timeoutSeconds = Math.min(MAX_SECONDS, settings.timeoutSeconds)
  const own = { ...settings, maxOutputBytes: MAX_RESULT_BYTES, autoInstall: false, keepFullOutput: false }
  const request = makeRequest(readFileSync(PROGRAM, 'utf8'), own, {
    ...{ globals: { _source: code }, timeoutSeconds, signal },
  })
  const found = foundIn(await collect(executeOnce(parts, request)))
  signal?.throwIfAborted()
  const missing = found.imports.filter(({ where }) => where === 'missing').map(({ module }) => module)
  const packages = new Map<string, string>()
  for (const module of missing) packages.set(module, await imports.packageOf(module))
  return grantedNeeds(found, { ...things, packages })
}

function foundIn({ result, error }: CodeExecutionResult): FoundNeeds {
  const said = foundNeedsSchema().safeParse(result)
  if (said.success) return said.data
  const how = error === null ? 'it changed what reads it' : `${error.name}: ${error.message}`
  const problem = { message: `Cannot read the code: ${how}`.slice(0, 300), line: null }
  const none = { imports: [], hosts: [], paths: [], programs: [], variables: [], libraries: [], hidden: [] }
  return { problem, ...none, input: false }
}
