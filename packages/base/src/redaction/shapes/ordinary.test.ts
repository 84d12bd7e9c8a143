import { createHash } from 'node:crypto'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { expect, test } from 'vitest'
import { RedactionCounter } from '../byte-redactor.ts'
import { Shapes } from './shape-redactor.ts'

const ROOT = fileURLToPath(new URL('../../../../../', import.meta.url))
const finder = await Shapes.load()

function digest(seed: string): Buffer {
  return createHash('sha512').update(seed).digest()
}

function lines(count: number, line: (n: number) => string): string {
  return Array.from({ length: count }, (_, n) => `${line(n)}\n`).join('')
}

function uuid(n: number): string {
  const hex = digest(`uuid ${n}`).toString('hex')
  return hex
    .slice(0, 32)
    .replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, '$1-$2-4$3-$4-$5')
    .slice(0, 36)
}

/** What programs print: each line is another figure, hash or name. */
const MADE: readonly ((seed: number) => string)[] = [
  (seed) =>
    lines(
      40,
      (n) =>
        `Downloading pkg_${n}-${seed}.${n}-cp314-none-any.whl (${n}.${seed} MB) sha256=${digest(`${seed}${n}`).toString('hex').slice(0, 64)}`,
    ),
  (seed) =>
    lines(
      40,
      (n) => `Looking in indexes: https://pypi.org/simple, https://user:****@host-${seed}.example.com/${n}`,
    ),
  (seed) =>
    lines(60, (n) => `${n}  ${(Math.sin(n * seed) * 1e4).toFixed(6)}  ${2 ** (n % 50)}  NaN  ${seed}${n}`),
  (seed) => lines(60, (n) => `${n} ${BigInt(seed + 1) * 1234567890123457n + BigInt(n) * 7919n} id`),
  (seed) =>
    lines(
      30,
      (n) =>
        `  File "/workspace/main.py", line ${n}, in <module>\nValueError: bad value ${uuid(seed * 100 + n)}`,
    ),
  (seed) =>
    lines(
      30,
      (n) =>
        `commit ${digest(`c${seed}${n}`).toString('hex').slice(0, 40)}\nAuthor: A B <a.b@example.com>\nDate: Sat Nov 28 17:${n % 60} 2026\n\n    Fix sk-${n} and key-${seed}`,
    ),
  (seed) =>
    `iVBORw0KGgoAAAANSUhEUgAA${Array.from({ length: 60 }, (_, n) =>
      digest(`png ${seed} ${n}`).toString('base64'),
    )
      .join('')
      .replaceAll('=', '')}`,
  (seed) => lines(50, (n) => `"integrity": "sha512-${digest(`lock ${seed} ${n}`).toString('base64')}"`),
  (seed) =>
    `data:image/png;base64,${Array.from({ length: 40 }, (_, n) => digest(`d ${seed} ${n}`).toString('base64')).join('')}`,
  (seed) =>
    lines(
      50,
      (n) =>
        `.sk-${seed}-${n} { color: #${digest(`${n}`).toString('hex').slice(0, 6)} } .card-${n} .pan-${seed}{}`,
    ),
  (seed) => lines(50, (n) => `${uuid(seed + n)},${1_700_000_000_000_000 + seed * 1000 + n},${n}.${seed}`),
  (seed) =>
    lines(
      40,
      (n) =>
        `\r${'█'.repeat(n % 20)}${' '.repeat(20 - (n % 20))} ${n}% ${seed}/s http://127.0.0.1:${8000 + n}/a:b@c`,
    ),
]

/** Files of this repository, as a program would print them: pages, programs, locks, minified bundles. */
function files(): string[] {
  const folder = (path: string, ending: string) =>
    readdirSync(join(ROOT, path))
      .filter((name) => name.endsWith(ending))
      .map((name) => join(path, name))
  return [
    ...folder('docs', '.md').filter((path) => !path.endsWith('redaction.md')),
    ...folder('packages/sandbox/src/sandbox/execution', '.ts'),
    ...folder('node_modules/zod/v4/core', '.js'),
    ...['package-lock.json', 'CHANGELOG.md', 'CONTRIBUTING.md', 'node_modules/ajv/dist/ajv.js'],
  ].map((path) => readFileSync(join(ROOT, path), 'utf8'))
}

test('ShapeRedactor takes something out of less than 1 % of ordinary output', () => {
  const made = MADE.flatMap((make) => Array.from({ length: 10 }, (_, seed) => make(seed + 1)))
  const outputs = [...made, ...files()]
  expect(outputs.length).toBeGreaterThan(100)
  const wrong = outputs.flatMap((output) => {
    const counter = new RedactionCounter()
    const redactor = finder.redactor(counter)
    redactor.push(Buffer.from(output))
    redactor.end()
    return Object.keys(counter.counts).length === 0 ? [] : [[output.slice(0, 60), counter.counts]]
  })
  expect(wrong).toEqual([])
})
