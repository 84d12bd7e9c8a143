import { availableParallelism } from 'node:os'
import { z } from 'zod'
import { CALL_DATA_BYTES } from '../protocol/frames.ts'
import { parseOptions } from './parse-options.ts'
import { Places } from './places.ts'
import { sessionKeySchema } from './session/host-key.ts'
import { sessionStoreSchema } from './session/store-option.ts'
import { toolsSchema } from './tools/tool.ts'

const DAY_SECONDS = 86_400
/** A 32-bit WebAssembly memory ends at 4 GiB. */
const MAX_MEMORY_MB = 4096
/** The interpreter itself takes 31 MiB; below this nothing useful runs. */
const MIN_MEMORY_MB = 40

/** `true`: all of it. `false`: none. A list: exactly these; the empty list is none. */
const grantSchema = z.union([z.boolean(), z.array(z.string())], {
  error: 'must be true, false or a list of strings',
})

/** Seconds of wall clock or CPU time: more than 0, at most a day. */
export const secondsSchema = z.number().positive().max(DAY_SECONDS)

/** Mebibytes of Python's heap. */
export const memoryLimitSchema = z.number().min(MIN_MEMORY_MB).max(MAX_MEMORY_MB)

const poolSchema = z
  .strictObject({
    /** Warm workers kept ready. */
    min: z.int().min(0).max(256).default(1),
    /** Workers at work at the same time. */
    max: z.int().min(1).max(256).optional(),
    /** Executions that may wait for a worker; the next one is refused with a `QueueFullError`. */
    maxQueue: z.int().min(0).max(100_000).optional(),
    /** In place of both: places that several sandboxes share. */
    places: z.instanceof(Places).optional(),
  })
  .refine(({ places, max, maxQueue }) => places === undefined || (max ?? maxQueue) === undefined, {
    error: 'says how many there are: give neither "pool.max" nor "pool.maxQueue" beside it',
    path: ['places'],
  })
  .transform(({ min, max = availableParallelism(), maxQueue = 1000, places }) => ({
    min,
    max,
    maxQueue,
    places,
  }))
  .refine(({ min, max, places }) => places !== undefined || min <= max, {
    error: 'must not be larger than "pool.max"',
    path: ['min'],
  })

const optionsSchema = z.strictObject({
  stateful: z.boolean().default(false),
  allowEnv: grantSchema.default(false),
  allowRead: grantSchema.default(false),
  allowWrite: grantSchema.default(false),
  allowNet: grantSchema.default(false),
  allowRun: grantSchema.default(false),
  allowFfi: grantSchema.default(false),
  denyNet: z.array(z.string()).optional(),
  timeoutSeconds: secondsSchema.default(60),
  cpuSeconds: secondsSchema.optional(),
  memoryLimitMb: memoryLimitSchema.default(512),
  maxOutputBytes: z
    .int()
    .min(1)
    .max(2 ** 30)
    .default(2 ** 20),
  /** Keep all of the output as well, up to so many bytes of each stream. */
  keepFullOutput: z.boolean().default(false),
  maxFullOutputBytes: z
    .int()
    .min(1)
    .max(2 ** 40)
    .default(2 ** 30),
  packages: z.array(z.string()).default([]),
  /** Find what code imports before it runs, and get the packages that the image lacks. */
  autoInstall: z.boolean().default(false),
  image: z.string().min(1).default('base'),
  /** A folder with wheel files, looked at before any other place that has packages. */
  wheels: z.string().min(1).optional(),
  /** Address of an index of packages in the manner of PyPI; by default PyPI. */
  packageIndex: z.url({ protocol: /^https?$/ }).optional(),
  /** Never use the network for packages; by default unless `AGENTCHAT_OFFLINE` is set. */
  offline: z.boolean().optional(),
  pool: poolSchema.prefault({}),
  isolation: z.enum(['auto', 'os', 'deno']).default('auto'),
  /** Workers that sessions hold at most; the session that was not used for longest goes to rest first. */
  maxLiveSessions: z
    .int()
    .min(1)
    .max(10_000)
    .default(() => 2 * availableParallelism()),
  /** Largest session at rest, in bytes. */
  maxSessionBytes: z
    .int()
    .min(1024)
    .max(2 ** 31)
    .default(2 ** 28),
  /** 32 secret bytes that seal sessions; by default a key of this machine, made on first use. */
  sessionKey: sessionKeySchema.optional(),
  /** Where sessions with an id are kept: a folder, or a store of the caller's own. */
  sessionStore: sessionStoreSchema.optional(),
  /** Functions of the host that Python may call, by their names. */
  tools: toolsSchema.default([]),
  /** Calls of tools that one execution may make. */
  maxToolCalls: z.int().min(0).max(1_000_000).default(1000),
  /** Bytes of the arguments of one call, and of its result, as JSON. */
  maxToolArgumentBytes: z.int().min(2).max(CALL_DATA_BYTES).default(CALL_DATA_BYTES),
  maxToolResultBytes: z
    .int()
    .min(2)
    .max(2 ** 26)
    .default(2 ** 20),
  /** Bytes that one execution may write through `allowWrite`, and files and folders that it may make. */
  maxWriteBytes: z
    .int()
    .min(0)
    .max(2 ** 40)
    .default(2 ** 30),
  maxWriteFiles: z.int().min(0).max(10_000_000).default(10_000),
  /** Bytes and number of files that code may have in Python's own file system. */
  maxFileBytes: z
    .int()
    .min(0)
    .max(2 ** 32)
    .default(2 ** 29),
  maxFiles: z.int().min(0).max(10_000).default(1000),
  /** Told what the owner should know, such as a grant that no wall can hold; by default nobody is. */
  logger: z
    .custom<Logger>(
      (value) =>
        typeof value === 'object' && value !== null && typeof Reflect.get(value, 'warn') === 'function',
      'must be an object with a method "warn"',
    )
    .optional(),
  /** Where images are kept; by default `AGENTCHAT_CACHE_DIR`, else the platform's cache folder. */
  cacheDir: z.string().min(1).optional(),
  /** Told what a long preparation is doing; by default nobody is. */
  onProgress: z
    .custom<(progress: Progress) => void>((value) => typeof value === 'function', 'must be a function')
    .optional(),
})

/** Where the library says what it has to say. Code of a caller and its output are never in it. */
export interface Logger {
  /** `event` is a name such as `grant.warning`; the facts are in `fields`. */
  warn(fields: Readonly<Record<string, unknown>>, event: string): void
}

/** One step of a long preparation, such as building an image. */
export interface Progress {
  /** What is being done, in words for a person. */
  readonly stage: string
  /** Steps done, of `total`. */
  readonly done: number
  readonly total: number
}

/** What a caller may pass to `new PyodideSandbox()`. */
export type SandboxOptions = z.input<typeof optionsSchema>
/** The same with every default filled in. */
export type SandboxSettings = z.output<typeof optionsSchema>

/**
 * Checks the options of a sandbox.
 * @throws InvalidOptionsError naming every option that is wrong
 */
export function parseSandboxOptions(options: SandboxOptions): SandboxSettings {
  return parseOptions(optionsSchema, options, 'options')
}
