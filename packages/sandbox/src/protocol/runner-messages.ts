import { z } from 'zod'
import { late } from './late.ts'

/** Runner to host. A worker can forge all of it: every field is bounded, and nothing is believed further. */
export const MAX_MESSAGE_CHARS = 20_000
export const MAX_TRACEBACK_CHARS = 60_000
export const MAX_HINT_CHARS = 2000
export const MAX_RESULT_TEXT_CHARS = 20_100
export const MAX_PATH_CHARS = 5000
export const MAX_FILE_CHANGES = 10_000
/** Largest message that shows something, in bytes: what Python's half sends, all of it ASCII, and its metadata. */
export const MAX_DISPLAY_BYTES = 8 * 2 ** 20 + 2 ** 18

const errorSchema = late(() =>
  z.strictObject({
    kind: z.enum(['exception', 'syntax', 'memory', 'permission', 'package', 'crashed']),
    name: z.string().max(200),
    message: z.string().max(MAX_MESSAGE_CHARS),
    traceback: z.string().max(MAX_TRACEBACK_CHARS),
    line: z.int().min(1).nullable(),
    /** The worker's advice for repairing the code. */
    hint: z.string().max(MAX_HINT_CHARS).optional(),
  }),
)

const readySchema = late(() => z.strictObject({ type: z.literal('ready') }))

/** The host's clocks start here: what comes before is not the user's code. */
const startedSchema = late(() => z.strictObject({ type: z.literal('started'), run: z.int() }))

const fileChangeSchema = late(() =>
  z.strictObject({
    path: z.string().min(1).max(MAX_PATH_CHARS),
    size: z.int().min(0),
    change: z.enum(['created', 'changed', 'deleted']),
  }),
)

const endSchema = late(() =>
  z.strictObject({
    type: z.literal('end'),
    run: z.int(),
    result: z.unknown(),
    /** What Python shows of the result. */
    resultText: z.string().max(MAX_RESULT_TEXT_CHARS).nullable().default(null),
    error: errorSchema().nullable(),
    stdoutCut: z.boolean(),
    stderrCut: z.boolean(),
    resultCut: z.boolean(),
    /** What became of the files in the working folder while the code ran. Paths are relative to it. */
    files: z.array(fileChangeSchema()).max(MAX_FILE_CHANGES),
    /** Changes of files, and forms of what was shown, that are left out. */
    filesDropped: z.int().min(0).default(0),
    displaysDropped: z.int().min(0).default(0),
    /** Bytes of a stream that was cut that were neither sent as they came nor as its end. */
    stdoutDropped: z.int().min(0).default(0),
    stderrDropped: z.int().min(0).default(0),
    /** The last access to a file that was refused in the worker; only with an error of the kind `permission`. */
    refused: z
      .strictObject({ option: z.enum(['allowRead', 'allowWrite']), path: z.string().max(MAX_PATH_CHARS) })
      .optional(),
  }),
)

/** The answer to `save-session`; the session itself came before it. What is in the report, its reader checks. */
const savedSchema = late(() =>
  z.strictObject({
    type: z.literal('saved'),
    save: z.int(),
    error: z.string().max(MAX_MESSAGE_CHARS).nullable(),
    /** The chunks of the session in their order: n bytes of what was sent, or, as -1 - n, chunk n of the save that is known. */
    chunks: z.array(z.int()).max(100_000),
    report: z.unknown(),
  }),
)

/** The answer to `wake-session`. */
const wokenSchema = late(() =>
  z.strictObject({
    type: z.literal('woken'),
    error: z.string().max(MAX_MESSAGE_CHARS).nullable(),
  }),
)

/** The answer to `set-back`; with an error the worker is of no further use. */
const setBackSchema = late(() =>
  z.strictObject({
    type: z.literal('set-back'),
    error: z.string().max(MAX_MESSAGE_CHARS).nullable(),
  }),
)

/** The answer to `install`: the modules at the top of each wheel, in their order, or the wheel that is no good. */
const installedSchema = late(() =>
  z.strictObject({
    type: z.literal('installed'),
    modules: z.array(z.array(z.string().max(200)).max(10_000)).max(1000),
    failure: z
      .strictObject({ wheel: z.string().max(300), reason: z.string().max(MAX_MESSAGE_CHARS) })
      .nullable(),
  }),
)

/** One module that code imports and that is not there, or the one of a package that a command in it would install. */
const foundImportSchema = late(() =>
  z.strictObject({
    /** `a.b.c`, in ASCII. */
    name: z
      .string()
      .max(200)
      .regex(/^[A-Za-z_]\w*(\.[A-Za-z_]\w*)*$/),
    line: z.int().min(1),
    /** What the command asks for, as `numpy>=2`. */
    requirement: z.string().max(200).optional(),
  }),
)

/** The answer to `find-imports`. */
const importsSchema = late(() =>
  z.strictObject({
    type: z.literal('imports'),
    found: z.array(foundImportSchema()).max(200),
  }),
)

/** What JSON can say. */
type JsonValue = null | boolean | number | string | JsonValue[] | { [name: string]: JsonValue }

function isObject(value: unknown): boolean {
  return typeof value === 'object' && value !== null && !Array.isArray(value)
}

/** One form of something that the code shows. */
const displaySchema = late(() =>
  z.strictObject({
    type: z.literal('display'),
    run: z.int(),
    mime: z.string().min(1).max(200),
    /** What `JSON.parse` gave is JSON: a schema that walked it would take a hundred times as long. */
    data: z.custom<JsonValue>(),
    metadata: z.custom<Readonly<Record<string, JsonValue>>>(isObject, 'must be an object'),
  }),
)

/** Any message of a runner. */
export const messageSchema = late(() =>
  z.discriminatedUnion('type', [
    readySchema(),
    startedSchema(),
    displaySchema(),
    endSchema(),
    savedSchema(),
    wokenSchema(),
    setBackSchema(),
    installedSchema(),
    importsSchema(),
  ]),
)

export type RunnerMessage = z.output<ReturnType<typeof messageSchema>>
export type FileChange = z.output<ReturnType<typeof fileChangeSchema>>
export type FoundImport = z.output<ReturnType<typeof foundImportSchema>>
export type DisplayMessage = z.output<ReturnType<typeof displaySchema>>
export type EndMessage = z.output<ReturnType<typeof endSchema>>
/** The error of an end message, as the runner writes it. */
export type RunnerError = z.output<ReturnType<typeof errorSchema>>

const fileStatSchema = late(() =>
  z.strictObject({
    /** Of the file in its folder; empty for the one that was asked about. */
    name: z.string().max(MAX_PATH_CHARS),
    type: z.enum(['file', 'folder', 'link', 'other']),
    size: z.int().min(0),
    /** Milliseconds since 1970. */
    modified: z.number(),
  }),
)

/** What a runner answers to a question about files. */
export const fileAnswerSchema = late(() =>
  z.union([
    z.strictObject({ error: z.string().max(200) }),
    z.strictObject({
      value: z.union([z.null(), fileStatSchema(), z.array(fileStatSchema()).max(MAX_FILE_CHANGES)]),
    }),
  ]),
)
export type FileStat = z.output<ReturnType<typeof fileStatSchema>>
export type FileAnswer = z.output<ReturnType<typeof fileAnswerSchema>>
