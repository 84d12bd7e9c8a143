import { expect } from 'vitest'
import { sandboxTestWith } from '../fixtures/sandbox.ts'

const CODE = `
import os, subprocess, ctypes, socket, urllib.request
import json, nothing_that_is_here
from pathlib import Path
MARK = open("/workspace/was_run", "w")
urllib.request.urlopen("https://api.example.com/v1?q=1")
urllib.request.urlopen(f"http://data.example.org:8080/{MARK}")
socket.create_connection(("db.example", 5432))
open("data.csv")
open("/srv/in/a.csv")
Path("/srv/out/../out/b.csv").write_text("")
subprocess.run(["git", "log"])
os.environ["API_KEY"], os.getenv("OTHER"), os.environ.get("HOME")
ctypes.CDLL("/usr/lib/libm.so.6")
exec(input())
while True: pass
`

const test = sandboxTestWith({
  ...{ pool: { min: 0, max: 1 }, allowNet: ['api.example.com:443'], allowRun: ['git'], timeoutSeconds: 20 },
  secrets: { API_KEY: { value: 'sk-live-4f9aKx71QwErTy', hosts: ['api.example.com'] } },
})

test('inspect() says what code seems to need and what of it is granted, and runs none of it', async ({
  sandbox,
}) => {
  const needs = await sandbox.inspect(CODE)
  const named = (list: readonly { readonly name: string; readonly granted: boolean }[]) =>
    list.map(({ name, granted }) => [name, granted])
  expect(needs.problem).toBeNull()
  expect(needs.imports).toContainEqual({ module: 'json', line: 3, where: 'python' })
  expect(needs.imports).toContainEqual({ module: 'nothing_that_is_here', line: 3, where: 'missing' })
  expect(named(needs.packages)).toEqual([['nothing-that-is-here', false]])
  expect(named(needs.hosts)).toEqual([
    ['api.example.com:443', true],
    ['data.example.org:8080', false],
    ['db.example:5432', false],
  ])
  expect(named(needs.reads)).toEqual([['/srv/in/a.csv', false]])
  expect(named(needs.writes)).toEqual([['/srv/out/b.csv', false]])
  expect(named(needs.programs)).toEqual([['git', true]])
  expect(named(needs.variables)).toEqual([
    ['API_KEY', true],
    ['OTHER', false],
    ['HOME', true],
  ])
  expect(named(needs.libraries)).toEqual([['/usr/lib/libm.so.6', false]])
  expect(needs.hidden).toEqual([{ name: 'exec', line: 15 }])
  expect(needs.input).toBe(true)
  expect(needs.missing).toEqual({
    packages: ['nothing-that-is-here'],
    allowNet: ['data.example.org:8080', 'db.example:5432'],
    allowRead: ['/srv/in/a.csv'],
    allowWrite: ['/srv/out/b.csv'],
    allowEnv: ['OTHER'],
    allowFfi: ['/usr/lib/libm.so.6'],
  })
})

test('inspect() holds of hostile code: what cannot be read is told, and the next one is read', async ({
  sandbox,
}) => {
  const told = async (code: string) => await sandbox.inspect(code)
  expect((await told('def (:')).problem).toEqual({ message: 'invalid syntax', line: 1 })
  expect((await told('\0')).problem?.message).toMatch(/null/)
  for (const code of ['('.repeat(100_000), '-'.repeat(200_000), '[[]'.repeat(9999)])
    expect((await told(code)).problem?.message).toMatch(/./)
  // A sum is deep and no fault: whether its depth can be read is a matter of the stack.
  expect(await told(`import os\nx = ${'1+'.repeat(100_000)}1`)).toMatchObject({ hosts: [] })
  const many = Array.from({ length: 5000 }, (_, at) => `"https://h${at}.example/"`).join('\n')
  expect((await told(many)).hosts).toHaveLength(200)
  expect((await told(`open("/${'x'.repeat(10_000)}")`)).reads).toEqual([])
  const aborted = new AbortController()
  const reading = sandbox.inspect('1', { signal: aborted.signal })
  aborted.abort(new Error('given up'))
  await expect(reading).rejects.toThrow('given up')
  await expect(sandbox.inspect(7 as never)).rejects.toThrow(/code/)
  expect(await told('6 * 7')).toMatchObject({ problem: null, imports: [], missing: {}, input: false })
})
