import { readFileSync } from 'node:fs'
import { createRequire } from 'node:module'
import { join } from 'node:path'
import { expect, test } from 'vitest'

test('the modules that hints know are those of the Pyodide that is installed', () => {
  const lock = createRequire(import.meta.url).resolve('pyodide/pyodide-lock.json')
  const { packages } = JSON.parse(readFileSync(lock, 'utf8')) as {
    packages: Record<string, { name: string; imports: string[] }>
  }
  const text = readFileSync(
    join(import.meta.dirname, '../../src/runner/python/agentchat/packages/distribution.py'),
    'utf8',
  )
  const known = new Set(text.split(/[\s"]+/))
  const missing = Object.values(packages).flatMap(({ name, imports }) =>
    imports
      .map((module) => module.split('.')[0] ?? '')
      .filter((module) => /^[A-Za-z]\w*$/.test(module))
      .filter((module) => ![...known].some((entry) => entry === module || entry.startsWith(`${module}=`)))
      .map((module) => `${module} of ${name}`),
  )
  expect(missing).toEqual([])
})
