// CPython's own test files that need no network, threads or processes, from its folder Lib/test.
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs'
import { join, relative } from 'node:path'

export const TESTS = [
  ...[
    'test_abc',
    'test_array',
    'test_base64',
    'test_bisect',
    'test_bool',
    'test_calendar',
    'test_cmath',
    'test_collections',
  ],
  ...[
    'test_configparser',
    'test_contextlib',
    'test_copy',
    'test_csv',
    'test_dataclasses',
    'test_decimal',
    'test_defaultdict',
  ],
  ...[
    'test_deque',
    'test_dict',
    'test_enum',
    'test_fractions',
    'test_functools',
    'test_generators',
    'test_graphlib',
  ],
  ...[
    'test_hashlib',
    'test_heapq',
    'test_html',
    'test_itertools',
    'test_json',
    'test_list',
    'test_math',
    'test_operator',
  ],
  ...[
    'test_random',
    'test_set',
    'test_shlex',
    'test_statistics',
    'test_string',
    'test_struct',
    'test_textwrap',
    'test_tuple',
  ],
  ...['test_types', 'test_zoneinfo'],
]

/** What tests share, beside the test itself. */
const SHARED = [
  ...[
    '__init__.py',
    'list_tests.py',
    'seq_tests.py',
    'mapping_tests.py',
    'string_tests.py',
    'support',
    'datetimetester.py',
  ],
  ...[
    'test_contextlib_async.py',
    'mathdata',
    'cfgparser.1',
    'cfgparser.2',
    'cfgparser.3',
    'tokenizedata',
    'typinganndata',
  ],
]

/**
 * The files that a test needs, by their path in the working folder.
 * @param {string} folder CPython's `Lib/test`
 * @param {string} test
 */
export function filesOf(folder, test) {
  const own = [`${test}.py`, test].filter((name) => existsSync(join(folder, name)))
  if (own.length === 0) return null
  /** @type {Record<string, Uint8Array>} */
  const files = {}
  for (const name of [...SHARED, ...own]) {
    for (const path of filesBelow(join(folder, name))) {
      files[`test/${relative(folder, path)}`] = readFileSync(path)
    }
  }
  return files
}

/**
 * @param {string} path
 * @returns {string[]}
 */
function filesBelow(path) {
  if (!existsSync(path)) return []
  if (statSync(path).isFile()) return [path]
  return readdirSync(path)
    .filter((name) => name !== '__pycache__')
    .flatMap((name) => filesBelow(join(path, name)))
}

/**
 * The program that runs a test and writes its counts as one line of JSON at the end.
 * @param {string} test
 */
export function programOf(test) {
  return `
import json, os, sys, unittest
sys.path.insert(0, os.getcwd())
for name in [name for name in sys.modules if name == "test" or name.startswith("test.")]:
    del sys.modules[name]
suite = unittest.defaultTestLoader.loadTestsFromName("test.${test}")
outcome = unittest.TestResult()
suite.run(outcome)
bad = [str(each[0].id()) for each in (*outcome.failures, *outcome.errors)] + [each.id() for each in outcome.unexpectedSuccesses]
why = {str(case.id()): text.strip().splitlines()[-1][:300] for case, text in (*outcome.failures, *outcome.errors)}
counts = {"run": outcome.testsRun, "skipped": len(outcome.skipped), "failed": sorted(set(bad)), "why": why}
print("\\n@@" + json.dumps(counts))
`
}

/**
 * @param {string} stdout
 * @returns {{ run: number, skipped: number, failed: string[], why: Record<string, string> } | null}
 */
export function countsIn(stdout) {
  const line = stdout.split('\n').findLast((each) => each.startsWith('@@'))
  return line === undefined ? null : JSON.parse(line.slice(2))
}
