import type { JudgedRun, RunHistory } from './judged-run.ts'

export const PRIORITIES = ['notice', 'warning', 'critical'] as const
/** How much a finding matters. */
export type Priority = (typeof PRIORITIES)[number]

/** What is looked at: one execution, and what its user and its code did before. */
export interface Facts {
  readonly run: JudgedRun
  readonly history: RunHistory
}

/** A rule in the form of Falco's: what is wrong, how sure the rule is, and a sentence with fields. */
export interface Rule {
  readonly name: string
  /** `stable`: hardly ever wrong. `incubating`: now and then. `sandbox`: of use together with others. */
  readonly maturity: 'stable' | 'incubating' | 'sandbox'
  readonly priority: Priority
  /** Techniques of MITRE ATT&CK. */
  readonly tags: readonly string[]
  /** Whom it is about. */
  readonly subject: 'who' | 'code'
  /** What was found, from the strongest on; null where nothing was. */
  condition(facts: Facts): readonly string[] | null
  /** `%user`, `%tool`, `%code`, `%found` and `%error` stand for what they say. */
  readonly output: string
}

const METADATA =
  /(^|[^\d.])(169\.254\.169\.254|169\.254\.170\.2|100\.100\.100\.200)(?!\d)|fd00:ec2::254|metadata\.google\.internal/i
const PROCESS_FILES = /(^|["'\s(])\/(proc|sys)\/[\w./-]{1,80}/
const SENSITIVE_FILES =
  /\/etc\/(shadow|passwd|sudoers|ssh)|\.ssh\/|id_rsa|\.aws\/credentials|\.docker\/config|\.kube\/config|\/\.env\b|docker\.sock/
/** What code of ordinary programs has no use for: the ways from Python to JavaScript, and out of both. */
const IDIOMS: readonly RegExp[] = [
  /\bDeno\b/,
  /\b(pyodide_js|_pyodide_core|_pyodide\.|run_js)\b/,
  /\b(import|from) js\b|\bimport_module\(["']js["']\)|\b__import__\(["']js["']\)/,
  /\bconstructor\.constructor\b|getPrototypeOf|__proto__|\bnew Function\b/,
  /\b(SharedArrayBuffer|Atomics\.|WebAssembly\.|importScripts|ShadowRealm)/,
  /__subclasses__\s*\(|\bf_(back|globals|builtins)\b|\bgi_frame\b|\btb_frame\b/,
  /\bnode:(fs|child_process|net|os|worker_threads|vm)\b|\bprocess\.(binding|dlopen|env|mainModule)\b/,
  /\b(CDLL|memmove|memset|string_at|from_address|pythonapi|dlopen)\b/,
  /\bsys\.(addaudithook|settrace|setprofile)\b/,
  /\bos\.(fork|forkpty|exec[lv]p?e?|kill|killpg|_exit|ptrace|setuid|unshare|mknod)\b/,
  /\b(fetch|pyfetch|urlopen|open_url)\(["']file:/i,
  /\bos\.(system|popen)\s*\(|\bsubprocess\.(run|Popen|call|check_output|check_call)\b|\bpty\.spawn\b/,
]
/** What changes the interpreter for who comes after, or for us, instead of computing something. */
const TAMPERING: readonly RegExp[] = [
  /\bmodules(\[|\.(values|items|pop)\b)|\b(meta_path|path_hooks|sitecustomize|usercustomize)\b/,
  /\bgc\.(get_objects|get_referrers)\b|\b__reduce(_ex)?__\b|\b__getattribute__\b/,
  /\bbuiltins\.\w{1,40} = |\bclass \w{1,80}\(BaseException\)/,
  // Python's own files, which the next program imports.
  /["']\/lib\/python3\.\d/,
]
/** What is written to deceive who reads the output: a terminal, a model, a protocol, a log. */
const FORGERY: readonly RegExp[] = [
  /\\(x1b|033)(\]|\[2J)|\\x9b|\\u202e/,
  /<\|im_(start|end)\|>|<\/tool_result|\\nevent: \w{1,40}\\ndata:/,
  /\\u202[89]|\\r\\n\d{4}-\d\d-\d\dT/,
  /\b__std(out|err)__\b|\bos\.write\([12],/,
]
/** So much of a code is looked at, in characters. */
const MAX_CODE_CHARS = 50_000

const LIMITS: ReadonlySet<string> = new Set(['timeout', 'cpu', 'memory', 'output'])

/** Is it one of the limits that ended a run? */
export function isLimit(kind: string | null): boolean {
  return kind !== null && LIMITS.has(kind)
}

const someOf = (found: readonly string[]) => (found.length > 0 ? found : null)
const deniedOf = ({ run }: Facts, kind: string) =>
  run.denied.flatMap((use) => (use.kind === kind ? [use.value] : []))
const touched = ({ run }: Facts, pattern: RegExp) =>
  [...run.denied, ...run.used].flatMap(({ value }) => (pattern.test(value) ? [value] : []))
const inCode = ({ run }: Facts, pattern: RegExp) =>
  [pattern.exec(run.code.slice(0, MAX_CODE_CHARS))?.[0].trim()].flatMap((text) => text ?? [])

/** Every rule on one execution and what came before it. */
export const RULES: readonly Rule[] = [
  {
    ...{
      name: 'metadata-address',
      maturity: 'stable',
      priority: 'critical',
      tags: ['T1552.005'],
      subject: 'who',
    },
    condition: (facts) => someOf([...touched(facts, METADATA), ...inCode(facts, METADATA)]),
    output: 'Code of %user wants to reach an address that tells the credentials of the machine: %found',
  },
  {
    ...{
      name: 'many-denied-kinds',
      maturity: 'stable',
      priority: 'critical',
      tags: ['TA0007'],
      subject: 'who',
    },
    condition: ({ run }) => {
      const kinds = [...new Set(run.denied.map(({ kind }) => kind))]
      return kinds.length >= 3 ? kinds : null
    },
    output: 'One execution of %user was refused permissions of three kinds or more: %found',
  },
  {
    ...{ name: 'process-files', maturity: 'stable', priority: 'warning', tags: ['T1057'], subject: 'who' },
    condition: (facts) => someOf([...touched(facts, /^\/(proc|sys)\//), ...inCode(facts, PROCESS_FILES)]),
    output: 'Code of %user looks at what the system tells of processes: %found',
  },
  {
    ...{
      name: 'sensitive-files',
      maturity: 'stable',
      priority: 'warning',
      tags: ['T1552.001'],
      subject: 'who',
    },
    condition: (facts) => someOf([...touched(facts, SENSITIVE_FILES), ...inCode(facts, SENSITIVE_FILES)]),
    output: 'Code of %user looks for files that hold accounts or keys: %found',
  },
  {
    ...{ name: 'denied-programs', maturity: 'stable', priority: 'warning', tags: ['T1059'], subject: 'who' },
    condition: (facts) => someOf([...deniedOf(facts, 'run'), ...deniedOf(facts, 'ffi')]),
    output: 'Code of %user wants to start a program, or to load a native library: %found',
  },
  {
    ...{ name: 'many-denied', maturity: 'incubating', priority: 'warning', tags: ['TA0007'], subject: 'who' },
    condition: ({ run }) =>
      run.denied.length >= 8 ? run.denied.map(({ kind, value }) => `${kind} ${value}`) : null,
    output: 'One execution of %user was refused eight different things or more: %found',
  },
  {
    ...{ name: 'escape-idiom', maturity: 'incubating', priority: 'warning', tags: ['T1611'], subject: 'who' },
    condition: (facts) => someOf(IDIOMS.flatMap((idiom) => inCode(facts, idiom))),
    output: 'Code of %user uses what leads out of Python: %found',
  },
  {
    ...{
      name: 'tampering-idiom',
      maturity: 'incubating',
      priority: 'notice',
      tags: ['T1574'],
      subject: 'who',
    },
    condition: (facts) => someOf(TAMPERING.flatMap((idiom) => inCode(facts, idiom))),
    output: 'Code of %user changes the interpreter itself: %found',
  },
  {
    ...{ name: 'forged-output', maturity: 'sandbox', priority: 'notice', tags: ['T1036'], subject: 'who' },
    condition: (facts) => someOf(FORGERY.flatMap((idiom) => inCode(facts, idiom))),
    output: 'Code of %user writes what looks as if it came from somebody else: %found',
  },
  {
    ...{ name: 'worker-crash', maturity: 'incubating', priority: 'warning', tags: ['T1499'], subject: 'who' },
    condition: ({ run }) => (run.error === 'crashed' ? ['crashed'] : null),
    output: 'The worker of an execution of %user ended without a word',
  },
  {
    ...{ name: 'limit-hit', maturity: 'sandbox', priority: 'notice', tags: ['T1499'], subject: 'who' },
    condition: ({ run }) => (run.error !== null && isLimit(run.error) ? [run.error] : null),
    output: 'An execution of %user was ended at its limit: %found',
  },
  {
    ...{ name: 'limits-in-a-row', maturity: 'stable', priority: 'warning', tags: ['T1499'], subject: 'who' },
    condition: ({ run, history }) => {
      const last = [isLimit(run.error), ...history.limited.slice(0, 4)]
      const end = last.indexOf(false)
      const inARow = end === -1 ? last.length : end
      return inARow >= 3 ? [`${inARow} executions`] : null
    },
    output: 'Executions of %user were ended at their limits one after the other: %found',
  },
  {
    ...{
      name: 'failures-rise',
      maturity: 'incubating',
      priority: 'notice',
      tags: ['TA0043'],
      subject: 'who',
    },
    condition: ({ run, history }) => {
      const failed = [run.error !== null, ...history.failed]
      const [last, before] = [failed.slice(0, 10), failed.slice(10)]
      const share = (runs: readonly boolean[]) => runs.filter(Boolean).length / runs.length
      const rises = before.length >= 20 && share(last) >= 0.8 && share(before) <= 0.2
      return rises ? [`${last.filter(Boolean).length} of the last 10`] : null
    },
    output: 'Executions of %user fail that did not before: %found',
  },
  {
    ...{ name: 'same-code-many-users', maturity: 'incubating', priority: 'notice', tags: ['T1608'] },
    subject: 'code',
    condition: ({ run, history }) =>
      run.toolId === null && run.code.length >= 200 && history.usersOfCode >= 10
        ? [`${history.usersOfCode} users`]
        : null,
    output: 'The same code, %code, came from many users within a day: %found',
  },
  {
    ...{
      name: 'busy-without-output',
      maturity: 'incubating',
      priority: 'warning',
      tags: ['T1496'],
      subject: 'who',
    },
    condition: ({ run: { usage } }) =>
      usage.wallMs >= 30_000 &&
      usage.cpuMs >= 0.9 * usage.wallMs &&
      usage.stdoutBytes + usage.stderrBytes === 0
        ? [`${Math.round(usage.cpuMs / 1000)} s`]
        : null,
    output: 'Code of %user has kept a processor busy and written nothing: %found',
  },
]
