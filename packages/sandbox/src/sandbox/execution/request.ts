import { exactJson } from 'agentchat-sandbox-base/gate/exact-json'
import type { ExecuteMessage } from '../../protocol/host-messages.ts'
import type { LineSource } from '../bridge/input-service.ts'
import type { FileInput } from '../files/file-input.ts'
import type { AutoInstall } from '../packages/auto-install-option.ts'
import type { EnvValues } from '../permissions/env-names.ts'
import { type FileAccess, NO_FILES } from '../permissions/file-access.ts'
import type { GrantSettings } from '../permissions/grants.ts'
import { type LibraryAccess, NO_LIBRARIES } from '../permissions/library-access.ts'
import { RedactionPlan, withValues } from '../redaction/redaction-plan.ts'
import { SecretGrants } from '../secrets/secret-grants.ts'
import type { ToolSet } from '../tools/tool-set.ts'
import type { ExecutionSettings } from './execution-options.ts'

const MIB = 2 ** 20

/** The limits of one execution. */
export interface ExecutionLimits {
  readonly timeoutSeconds: number
  /** Infinity where there is none. */
  readonly cpuSeconds: number
  readonly memoryLimitBytes: number
  readonly maxOutputBytes: number
  /** Bytes of each stream that are handed on as they come: more than `maxOutputBytes` where all of it is kept. */
  readonly maxLiveBytes: number
  readonly keepFullOutput: boolean
}

/** One execution, ready to be sent to a worker. */
export interface ExecutionRequest {
  readonly message: ExecuteMessage
  readonly limits: ExecutionLimits
  readonly granted: Omit<GrantSettings, 'denyNet'>
  readonly files: FileAccess
  /** Files that are in the working folder when the code begins, by name. */
  readonly inputs: Readonly<Record<string, FileInput>>
  readonly libraries: LibraryAccess
  /** Packages that it asks for, beside those of the sandbox. */
  readonly packages: readonly string[]
  /** Are the packages wanted that its code imports? */
  readonly autoInstall: AutoInstall
  /** Answers what Python asks of its standard input, or null where that was given as a whole. */
  readonly lines: LineSource | null
  /** The functions of the host that Python may call, or null where there are none. */
  readonly tools: ToolSet | null
  /** What Python may use and not see. */
  readonly secrets: SecretGrants
  /** What is taken out of what comes back. */
  readonly redaction: RedactionPlan
  readonly signal: AbortSignal | undefined
}

/** What the options of the sandbox say of its executions. */
export interface ExecutionDefaults extends GrantSettings {
  readonly timeoutSeconds: number
  readonly cpuSeconds?: number | undefined
  readonly memoryLimitMb: number
  readonly maxOutputBytes: number
  readonly maxFullOutputBytes: number
  readonly keepFullOutput: boolean
  readonly maxFileBytes: number
  readonly maxFiles: number
  readonly autoInstall: AutoInstall
}

/** What the grants of the sandbox led to; by default nothing. */
export interface GrantedValues {
  readonly env?: EnvValues
  readonly files?: FileAccess
  readonly libraries?: LibraryAccess
  readonly toolSet?: ToolSet | null
  readonly plan?: RedactionPlan
  readonly grantedSecrets?: SecretGrants
}

/** Largest result, as JSON text, in characters, for a limit on output. */
export function maxResultChars(maxOutputBytes: number): number {
  return Math.max(maxOutputBytes, 1024)
}

function globalsText(globals: ExecutionSettings['globals']): string | null {
  return typeof globals === 'string' ? globals : (exactJson(globals) ?? null)
}

/** Puts the options of the sandbox, what they grant included, and those of one execution together. */
export function makeRequest(
  code: string,
  sandbox: ExecutionDefaults & GrantedValues,
  execution: ExecutionSettings,
): ExecutionRequest {
  const { maxOutputBytes, maxFullOutputBytes } = sandbox
  const keepFullOutput = execution.keepFullOutput ?? sandbox.keepFullOutput
  const limits = {
    timeoutSeconds: execution.timeoutSeconds ?? sandbox.timeoutSeconds,
    cpuSeconds: execution.cpuSeconds ?? sandbox.cpuSeconds ?? Number.POSITIVE_INFINITY,
    memoryLimitBytes: (execution.memoryLimitMb ?? sandbox.memoryLimitMb) * MIB,
    maxOutputBytes,
    maxLiveBytes: keepFullOutput ? Math.max(maxFullOutputBytes, maxOutputBytes) : maxOutputBytes,
    keepFullOutput,
  }
  const own = sandbox.grantedSecrets ?? SecretGrants.none
  const secrets = own.with(execution.secrets, 'execution options')
  const message: ExecuteMessage = {
    type: 'execute',
    run: 1,
    code,
    args: execution.args ?? [],
    globals: globalsText(execution.globals),
    stdin: typeof execution.stdin === 'string' ? execution.stdin : null,
    env: JSON.stringify({ ...sandbox.env, ...secrets.variables }),
    maxOutputBytes: limits.maxLiveBytes,
    tailBytes: Math.floor(maxOutputBytes / 2),
    maxResultBytes: maxResultChars(limits.maxOutputBytes),
    memoryLimitBytes: limits.memoryLimitBytes,
    maxFileBytes: sandbox.maxFileBytes,
    maxFiles: sandbox.maxFiles,
    interactive: typeof execution.stdin === 'function',
    tools: sandbox.toolSet?.description ?? null,
    isLast: false,
  }
  const { files = NO_FILES, libraries = NO_LIBRARIES } = sandbox
  return {
    message,
    limits,
    granted: sandbox,
    files,
    libraries,
    packages: execution.packages ?? [],
    autoInstall: execution.autoInstall ?? sandbox.autoInstall,
    inputs: execution.files ?? {},
    lines: typeof execution.stdin === 'function' ? execution.stdin : null,
    tools: sandbox.toolSet ?? null,
    secrets,
    redaction: (sandbox.plan ?? RedactionPlan.none).with(withValues(execution), 'execution options'),
    signal: execution.signal,
  }
}
