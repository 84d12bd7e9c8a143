import type { PackageError, PackageProblem, PackageProblemKind } from '../../errors/errors.ts'
import type { CodeExecutionResult, ExecutionError, ExecutionUsage } from '../../result/result.ts'
import { withMethods } from '../../result/result-methods.ts'
import { cancelledResult } from '../build-result.ts'
import type { ExecutionRequest } from '../request.ts'
import type { ImportPackages, MissingImport } from './import-packages.ts'

const MAX_DETAIL_CHARS = 1000
const MAX_NAME_CHARS = 100

/** The result of an execution whose packages cannot be had: nothing has run. */
export function packageResult(
  request: ExecutionRequest,
  { problems, message }: PackageError,
  usage: Partial<ExecutionUsage>,
): CodeExecutionResult {
  const none = cancelledResult(request, 0)
  const [first] = problems
  const error: ExecutionError = {
    kind: 'package',
    name: 'PackageError',
    message: cut(message),
    traceback: '',
    line: null,
    hint: first === undefined ? null : remedyFor(first, null),
  }
  return withMethods({ ...none, error, usage: { ...none.usage, ...usage } })
}

/**
 * The result of a program that failed for want of a module: which import, which package, why, and what would work. Any
 * other result as it is.
 * @param names knows which module was probably meant
 */
export function withMissing(
  result: CodeExecutionResult,
  missing: readonly MissingImport[],
  names: Pick<ImportPackages, 'nearest'>,
): CodeExecutionResult {
  const { error } = result
  if (error === null) return result
  if (error.name !== 'ModuleNotFoundError') return withRefusal(result, error, missing)
  const name = /^No module named '([\w.]+)'/.exec(error.message)?.[1]
  const lacking = missing.find(({ module }) => module === name || module.startsWith(`${name}.`))
  if (lacking === undefined) return result
  const { module, line, package: package_, problem } = lacking
  const what = `the import of '${module.slice(0, MAX_NAME_CHARS)}' (line ${line}) needs the package "${package_}"`
  return withMethods({
    ...result,
    error: {
      ...error,
      kind: 'package',
      message: `${error.message}: ${what}, which cannot be had: ${cut(problem.detail)}`,
      hint: ownHint(error) ?? remedyFor(problem, names.nearest(module)),
    },
  })
}

/** Says why a command in the code could not install what it names, which its hint tells to ask for. */
function withRefusal(
  result: CodeExecutionResult,
  error: ExecutionError,
  missing: readonly MissingImport[],
): CodeExecutionResult {
  const asked = missing.find(({ package: package_ }) => error.hint?.includes(`'${package_}'`))
  if (asked === undefined) return result
  const hint = `The package "${cut(asked.package)}" cannot be had: ${cut(asked.problem.detail)}. ${remedyFor(asked.problem, null)}`
  return withMethods({ ...result, error: { ...error, hint } })
}

/** What the worker knows to use in the place of a module that cannot be built; all else it would ask for again. */
function ownHint({ hint }: ExecutionError): string | null {
  return hint?.includes('native code') ? hint : null
}

const REMEDIES = {
  'bad-requirement': 'Write it as "numpy" or "numpy>=2".',
  'no-such-package': 'Check the name, or do without it: the standard library is all there.',
  'no-such-version': 'Ask for one of the versions that there are, or for none in particular.',
  'no-build':
    'It has native code that nobody has built for WebAssembly: use another package, or do without it.',
  'hash-differs':
    'The file is not the one that was announced, so it is not used: try again later, or use another version.',
  'no-network': 'Try again later; a folder with its wheel (the option wheels) needs no network.',
  offline:
    'Only packages in the folder of wheels or used before can be had: use one of those, or do without it.',
  'index-failed': 'Try again later; a folder with its wheel (the option wheels) needs no index.',
  'too-large': 'Use a smaller package, or fewer of them.',
  'bad-wheel': 'Use another version of it, or another package.',
  conflict: 'Ask for fewer packages at a time, or for other versions.',
  'not-named': 'Use what is there, or have autoInstall name the package.',
  'not-importable': 'It does not work here: use another package, or do without it.',
} as const satisfies Record<PackageProblemKind, string>

function remedyFor({ kind }: PackageProblem, nearest: string | null): string {
  const remedy = REMEDIES[kind]
  const isUnknown = kind === 'no-such-package' || kind === 'offline'
  return nearest !== null && isUnknown ? `Did you mean '${nearest}'? ${remedy}` : remedy
}

function cut(text: string): string {
  return text.length > MAX_DETAIL_CHARS ? `${text.slice(0, MAX_DETAIL_CHARS)}...` : text
}
