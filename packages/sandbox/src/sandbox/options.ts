import { availableParallelism } from 'node:os'
import { z } from 'zod'
import { CALL_DATA_BYTES } from '../protocol/frames.ts'
import { late } from '../protocol/late.ts'
import { memoryLimitSchema, secondsSchema } from './execution/limit-options.ts'
import { loggerSchema, progressListenerSchema } from './listeners.ts'
import { autoInstallSchema } from './packages/auto-install-option.ts'
import { parseOptions } from './parse-options.ts'
import { poolSchema } from './pool-options.ts'
import { knownSecretsSchema, redactionPolicySchema } from './redaction/redaction-options.ts'
import { sessionKeySchema } from './seal/host-key.ts'
import { secretsSchema } from './secrets/secret-options.ts'
import { sessionStoreSchema } from './store/store-option.ts'
import { toolsSchema } from './tools/tool.ts'

/** Entries of a list of what is granted: each costs a look at the disk or at an address. */
const MAX_GRANTS = 1000
/** Packages of all executions. */
const MAX_PACKAGES = 500
/** The longest path of Linux. */
const MAX_PATH_CHARS = 4096

/** `true`: all of it. `false`: none. A list: exactly these; the empty list is none. */
const grantSchema = late(() =>
  z.union([z.boolean(), z.array(z.string()).max(MAX_GRANTS)], {
    error: `must be true, false or a list of at most ${MAX_GRANTS} strings`,
  }),
)

/** The descriptions are the table in `docs/options.md`: `npm run docs` writes it. */
export const optionsSchema = late(() =>
  z.strictObject({
    timeoutSeconds: secondsSchema()
      .default(60)
      .describe('Wall clock of the program. Start-up and the loading of packages are not counted.'),
    cpuSeconds: secondsSchema().optional().describe('CPU time of the program. By default no limit.'),
    memoryLimitMb: memoryLimitSchema()
      .default(512)
      .describe("Python's heap, in MiB. The process may hold 256 MiB more for itself."),
    maxOutputBytes: z
      .int()
      .min(1)
      .max(2 ** 30)
      .default(2 ** 20)
      .describe(
        'Bytes of each output stream. Longer output keeps its head and tail; a line between them says how much was left out.',
      ),
    keepFullOutput: z.boolean().default(false).describe('Keeps all of the output as well.'),
    maxFullOutputBytes: z
      .int()
      .min(1)
      .max(2 ** 40)
      .default(2 ** 30)
      .describe('Bytes of each stream that `keepFullOutput` keeps.'),
    maxFileBytes: z
      .int()
      .min(0)
      .max(2 ** 32)
      .default(2 ** 29)
      .describe("Bytes that code may keep in Python's own file system. Past it: `OSError` (`ENOSPC`)."),
    maxFiles: z
      .int()
      .min(0)
      .max(10_000)
      .default(1000)
      .describe('Files that code may keep there. Past it: `OSError` (`ENOSPC`).'),
    allowEnv: grantSchema()
      .default(false)
      .describe('Environment variables of the host, in `os.environ`: a list of names, or `true` for all.'),
    allowRead: grantSchema()
      .default(false)
      .describe('Files and folders of the host, with what is in them, that Python may read. Not on Windows.'),
    allowWrite: grantSchema()
      .default(false)
      .describe(
        'The same for writing. To see contents, list or rename, a path must be in both lists. Not on Windows.',
      ),
    maxWriteBytes: z
      .int()
      .min(0)
      .max(2 ** 40)
      .default(2 ** 30)
      .describe('Bytes that one execution may write through `allowWrite`. Past it: `OSError` (`ENOSPC`).'),
    maxWriteFiles: z
      .int()
      .min(0)
      .max(10_000_000)
      .default(10_000)
      .describe(
        'Files and folders that one execution may make through `allowWrite`. Past it: `OSError` (`ENOSPC`).',
      ),
    allowNet: grantSchema()
      .default(false)
      .describe(
        'Hosts that Python may connect to: a list such as `api.example.com:443`, or `true` for all public ones.',
      ),
    denyNet: z
      .array(z.string())
      .max(MAX_GRANTS)
      .optional()
      .describe(
        'Hosts, addresses and ranges that stay refused, also where an allowed name resolves to them; `[]` lifts it. By default all but the public internet.',
      ),
    allowRun: grantSchema()
      .default(false)
      .describe('Programs of the host that Python may start. Not on Windows.'),
    allowFfi: grantSchema()
      .default(false)
      .describe('Native libraries of the host that Python may load. Not on Windows.'),
    isolation: z
      .enum(['auto', 'os', 'deno'])
      .default('auto')
      .describe(
        '`os` refuses to run without the second wall, `auto` uses it where it is there, `deno` does without.',
      ),
    pool: poolSchema()
      .prefault({})
      .describe(
        'Processes that are kept awake, that work, and executions that wait. By default as the table of the pool says.',
      ),
    image: z
      .string()
      .min(1)
      .default('base')
      .describe('The prepared memory to start from, by the name that `image build` gave it.'),
    packages: z
      .array(z.string())
      .max(MAX_PACKAGES)
      .default([])
      .describe("Python packages that are present and imported: `['numpy>=2']`."),
    autoInstall: autoInstallSchema()
      .default(false)
      .describe(
        "Finds what code imports before it runs, and fetches the packages that the image lacks: all, or those that are named: `['numpy>=2']`.",
      ),
    wheels: z
      .string()
      .min(1)
      .max(MAX_PATH_CHARS)
      .optional()
      .describe(
        'A folder with wheel files, which is looked at before any other source of packages. By default none.',
      ),
    packageIndex: z
      .url({ protocol: /^https?$/ })
      .optional()
      .describe('Address of a package index with the JSON interface of PyPI. By default PyPI.'),
    offline: z
      .boolean()
      .optional()
      .describe('Packages never use the network. By default whether `AGENTCHAT_OFFLINE` is `1`.'),
    stateful: z
      .boolean()
      .default(false)
      .describe('Results carry `sessionBytes` and `sessionMetadata`, and executions take them back.'),
    sessionStore: sessionStoreSchema()
      .optional()
      .describe(
        'A folder that keeps sessions with an `id`, or an object that implements `SessionStore`. By default none.',
      ),
    maxLiveSessions: z
      .int()
      .min(1)
      .max(10_000)
      .default(() => 2 * availableParallelism())
      .describe(
        'Sessions that have a worker; of the others the least recently used one rests first. By default 2 for each core.',
      ),
    maxSessionBytes: z
      .int()
      .min(1024)
      .max(2 ** 31)
      .default(2 ** 28)
      .describe('Bytes of a session at rest.'),
    sessionKey: sessionKeySchema()
      .optional()
      .describe(
        '32 secret bytes that seal sessions at rest. By default a key of this machine, made on first use.',
      ),
    tools: toolsSchema().default([]).describe('Functions of the host that Python may call. By default none.'),
    maxToolCalls: z
      .int()
      .min(0)
      .max(1_000_000)
      .default(1000)
      .describe('Calls of tools that one execution may make.'),
    maxToolArgumentBytes: z
      .int()
      .min(2)
      .max(CALL_DATA_BYTES)
      .default(CALL_DATA_BYTES)
      .describe('Bytes of the arguments of one call, as JSON.'),
    maxToolResultBytes: z
      .int()
      .min(2)
      .max(2 ** 26)
      .default(2 ** 20)
      .describe('Bytes of the result of one call, as JSON.'),
    secrets: secretsSchema()
      .optional()
      .describe(
        'Secrets that Python uses and never sees, by the names of their variables: `{ API_KEY: { value, hosts, places } }`. They are put into requests to these hosts alone. By default none.',
      ),
    redaction: redactionPolicySchema()
      .default('known')
      .describe(
        'What is taken out of output, results, errors, displays and the traffic of tools: nothing (`off`), the secrets that are `known`, or also what has the shape of one (`known+patterns`).',
      ),
    knownSecrets: knownSecretsSchema()
      .default([])
      .describe(
        'Values that must not come back, in whatever form they are written: texts, or `{ env }` with the name of a variable of the host.',
      ),
    cacheDir: z
      .string()
      .min(1)
      .max(MAX_PATH_CHARS)
      .optional()
      .describe("Where images are kept. By default `AGENTCHAT_CACHE_DIR`, else the platform's cache folder."),
    logger: loggerSchema()
      .optional()
      .describe(
        '`{ warn(fields, event) }`: hears of grants that no wall can hold (`grant.warning`) and of weaker walls (`wall.weakened`). By default none.',
      ),
    onProgress: progressListenerSchema()
      .optional()
      .describe(
        'A function that receives `{ stage, done, total }` while an image is built. By default none.',
      ),
  }),
)

/** What a caller may pass to `new PyodideSandbox()`. */
export type SandboxOptions = z.input<ReturnType<typeof optionsSchema>>
/** The same with every default filled in. */
export type SandboxSettings = z.output<ReturnType<typeof optionsSchema>>

/**
 * Checks the options of a sandbox.
 * @throws InvalidOptionsError naming every option that is wrong
 */
export function parseSandboxOptions(options: SandboxOptions): SandboxSettings {
  return parseOptions(optionsSchema(), options, 'options')
}
