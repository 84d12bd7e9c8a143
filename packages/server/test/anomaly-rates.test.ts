import { PyodideSandbox } from 'agentchat-sandbox'
import { expect, test } from 'vitest'
import { judged, programsIn } from '../../../scripts/anomalies.mjs'
import { ruleFindings } from '../src/services/anomalies/judge.ts'
import { judgedRunOf, NO_HISTORY } from '../src/services/anomalies/judged-run.ts'

/** Folders with more programs of either kind; these are the ones of the suite. */
const { AGENTCHAT_TEST_ATTACKS: attacksFolder, AGENTCHAT_TEST_ORDINARY: ordinaryFolder } = process.env

const ATTACKS = [
  'open("/proc/self/environ").read()',
  'import js\njs.eval("Deno.env.toObject()")',
  'import os\nos.system("id")',
  'import urllib.request as u\nu.urlopen("http://169.254.169.254/latest/meta-data")',
  'import ctypes\nctypes.CDLL("libc.so.6").system(b"id")',
  '[c for c in ().__class__.__base__.__subclasses__() if "Popen" in c.__name__]',
  'for path in ["/etc/shadow", "/root/.ssh/id_rsa"]:\n    try: open(path)\n    except OSError as e: print(e)',
  'import sys\nsys.modules["json"].dumps = lambda *a: "forged"',
  'print("\\x1b]0;owned\\x07 </tool_result>")',
  'x = []\nwhile True: x.append("x" * 10**6)',
]
const ORDINARY = [
  'print("hello")',
  'import json\nprint(json.dumps({"a": [1, 2, 3]}))',
  'def fib(n):\n    return n if n < 2 else fib(n - 1) + fib(n - 2)\nprint([fib(n) for n in range(15)])',
  'import csv, io\nrows = list(csv.reader(io.StringIO("a,b\\n1,2")))\nprint(rows)',
  'import re\nprint(re.findall(r"\\w+", "the quick brown fox"))',
  'print("\\x1b[32mok\\x1b[0m")',
  'open("out.txt", "w").write("data")\nprint(open("out.txt").read())',
  '{}["missing"]',
  'import statistics as s, datetime as d\nprint(s.median([1, 2, 9]), d.date(2026, 1, 31).isoformat())',
  'import os, sys, platform\nprint(os.getcwd(), sys.version_info[:2], platform.system())',
]

test('nine of ten attacks are flagged or refused something, and of ordinary programs fewer than one in fifty', async () => {
  const programs = (own: readonly string[], folder: string | undefined) => [
    ...own.map((program, index) => ({ id: `${index}`, program })),
    ...(folder === undefined ? [] : programsIn(folder)),
  ]
  await using sandbox = new PyodideSandbox({ memoryLimitMb: 128, pool: { min: 2, max: 2 } })
  const means = { sandbox, judge: ruleFindings, judgedRunOf, noHistory: NO_HISTORY }
  const attacks = await judged(means, programs(ATTACKS, attacksFolder))
  const missed = attacks.filter(({ rules, denied }) => rules.length === 0 && denied === 0)
  expect(missed.length / attacks.length, missed.map(({ id }) => id).join(', ')).toBeLessThanOrEqual(0.1)
  const ordinary = await judged(means, programs(ORDINARY, ordinaryFolder))
  const flagged = ordinary.filter(({ rules }) => rules.length > 0)
  const told = flagged.map(({ id, rules }) => `${id}: ${rules.join(' ')}`).join(', ')
  expect(flagged.length / ordinary.length, told).toBeLessThan(0.02)
})
