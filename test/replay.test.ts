import { spawnSync } from 'node:child_process'
import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { afterAll, expect, test } from 'vitest'

const SCRIPT = fileURLToPath(new URL('../scripts/replay.mjs', import.meta.url))
const folder = mkdtempSync(join(tmpdir(), 'agentchat-replay-'))
afterAll(() => rmSync(folder, { recursive: true, force: true }))

const replay = (...args: string[]) => {
  const { status, stdout, stderr } = spawnSync(process.execPath, [SCRIPT, ...args], { encoding: 'utf8' })
  return { status, stdout, stderr }
}

/** A recorded run: what the model said, and what it was told then, by turns. */
function record(name: string, ...turns: [said: string, told: string][]): void {
  const history = turns.flatMap(([said, told]) => [
    { role: 'assistant', content: `Assistant:\n${said}\n` },
    {
      role: 'user',
      content: `Observation:\n${told}\nYou have 3 steps left and 2 chances to propose solution left.\n`,
    },
  ])
  const place = join(folder, name, 'outputs', 'one-model', 'task')
  mkdirSync(place, { recursive: true })
  const first = { role: 'user', content: 'Solve it.' }
  writeFileSync(
    join(place, 'results.jsonl'),
    `${JSON.stringify({ state: { history: [first, ...history] } })}\n`,
  )
}

const trace = (name: string) =>
  `${'-'.repeat(75)}\n${name}${' '.repeat(20)}Traceback (most recent call last)\n${name}: no`
const execute = (code: string) => `<thought> Hm. </thought>\n<execute>\n${code}\n</execute>`

test('npm run replay finds the recorded code, and executes it in one session', () => {
  record(
    'good',
    [execute('import math\nx = {3, 1}\nprint("x")'), 'x'],
    [execute('math.floor(2.5), x'), 'Out[2]: (2, {1, 3})'],
    [execute('y = 1'), '[Executed Successfully with No Output]'],
    [execute('print("first")\n1 / 0'), `first\n${trace('ZeroDivisionError')}`],
    [`${execute('y = 3')} <solution> 2 </solution>`, 'Your answer is wrong.'],
  )
  const { status, stdout, stderr } = replay(join(folder, 'good'), '--models', 'one-model')
  expect({ status, stderr }).toEqual({ status: 0, stderr: '' })
  expect(stdout).toContain('5 turns, of which 5 have code in the record')
  expect(stdout).toContain('5 pieces, of which 1 stood beside a solution and were not run, 0 have no outcome')
  expect(stdout).toMatch(/the same code +5 \(100\.00 %\)/)
  expect(stdout).toMatch(/actions: 4 in 1 runs of one-model[\s\S]*came to the same +4 \(100\.00 %\)/)
})

test('npm run replay names what differs, with its reason', () => {
  record('other', [execute('print(1)'), '2'], [execute('import random\nprint(random.random())'), '0.5'])
  const { status, stdout } = replay(join(folder, 'other'), '--models', 'one-model', '--differences')
  expect(status).toBe(1)
  expect(stdout).toMatch(/came to the same +0 \(0\.00 %\)/)
  expect(stdout).toMatch(/other output +1/)
  expect(stdout).toMatch(/chance +1/)
  expect(stdout).toContain('"detail": "2 | 1\\n"')
})

test('npm run replay executes nothing that needs more than the standard library', () => {
  record('sympy', [execute('import sympy'), 'x'], [execute('print(1)'), '1'])
  expect(replay(join(folder, 'sympy'), '--models', 'one-model').stdout).toContain('actions: 0 in 0 runs')
})

test('npm run replay -- --m3 solves tasks with tools, and says what one call a turn would take', () => {
  const tasks = join(folder, 'm3', 'impl')
  const solutions = join(folder, 'm3', 'solutions')
  for (const each of [tasks, solutions]) mkdirSync(each, { recursive: true })
  writeFileSync(join(tasks, 'data.json'), '{"a": 1, "b": 20, "c": 300}')
  writeFileSync(join(tasks, 'shop.py'), SHOP)
  const common = '# task: *\nnames = ["a", "b", "c"]\n'
  const right = '# task: shop/sum\nfinal_answer(total([price(each) for each in names]))\n'
  const dearest = '# task: shop/dearest\nfinal_answer([n for n in names if price(n) > 200][0])\n'
  writeFileSync(join(solutions, 'shop.py'), common + right + dearest)
  const good = replay('--m3', tasks, '--solutions', solutions)
  expect(good).toMatchObject({ status: 0, stderr: '' })
  expect(good.stdout).toMatch(
    /tasks: 2, of which 2 are solved[\s\S]*turns of the model +2, one call a turn: 9 /,
  )
  writeFileSync(join(solutions, 'shop.py'), common + right)
  const bad = replay('--m3', tasks, '--solutions', solutions)
  expect([bad.status, bad.stdout]).toEqual([
    1,
    expect.stringMatching(/of which 1 [\s\S]*shop\/dearest: there is no solution/),
  ])
})

/** Tasks of our own in the form of those that are public. */
const SHOP = `
import json, os
from ..base import Task, ToolType, register_task_iterator

with open(os.path.join(os.path.dirname(__file__), 'data.json')) as file:
    PRICES = json.load(file)

def price(name):
    return PRICES[name]

def total(*args):
    return sum(args)

def tools():
    return {f.__name__: ToolType(f.__name__, 'Looks', f, f.__name__) for f in (price, total)}

register_task_iterator([
    Task(name='shop/sum', tools=tools, instruction='What do all cost?', expected_output=321),
    Task(name='shop/dearest', tools=tools(), instruction='Which is dearest?', expected_output='c'),
], 2)
`

test.each([[[]], [['a', 'b']], [['a', '--runs', 'x']], [['/nowhere']]])(
  'npm run replay refuses %j',
  (args) => {
    const { status, stderr } = replay(...args)
    expect(status).toBe(2)
    expect(stderr).toMatch(/^replay: /)
  },
)
