import { createHash } from 'node:crypto'
import { setTimeout as sleep } from 'node:timers/promises'
import { expect, test } from 'vitest'
import { PyodideSandbox, ToolError } from '../../src/sandbox/index.ts'
import { programTestWith } from '../fixtures/program-sandbox.ts'

const SECRET = 'sk-live-4f9aKx71QwErTy'
const MARK = '[redacted:known-secret]'
const RULE = 'known-secret'
const tool = (name: string, execute: () => unknown) => ({ name, execute })
const programTest = programTestWith({
  knownSecrets: [SECRET],
  maxOutputBytes: 2000,
  pool: { min: 1, max: 1 },
  tools: [
    tool('leak', () => ({ [SECRET]: [`key=${SECRET}`, { deep: SECRET }] })),
    tool('fail', () => {
      throw new ToolError(`no access with ${SECRET}`)
    }),
  ],
})

/** Everything that came, as text; what is visible of the secret must be nothing. */
function expectHidden(...values: unknown[]): void {
  const text = JSON.stringify(values, (_, value) => (typeof value === 'bigint' ? String(value) : value))
  expect(text).not.toContain(SECRET)
  expect(text.toLowerCase()).not.toContain('4f9akx')
}

programTest('known secrets are in no part of a result, and each is counted', async ({ sandbox }) => {
  const code = `
import sys
from IPython.display import display, HTML
secret = ${JSON.stringify(SECRET)}
print("out", secret)
print("err", secret.encode().hex(), file=sys.stderr)
display(HTML("<b>" + secret + "</b>"))
{secret: [secret[::-1], 1], "other": 2}`
  const events: unknown[] = []
  for await (const event of sandbox.stream(code)) events.push(event)
  const [{ result }] = events.slice(-1) as [{ result: Awaited<ReturnType<typeof sandbox.execute>> }]
  expect(result.stdout).toBe(`out ${MARK}\n`)
  expect(result.stderr).toBe(`err ${MARK}\n`)
  expect(result.displays[0]?.data).toBe(`<b>${MARK}</b>`)
  expect(result.result).toEqual({ [MARK]: [MARK, 1], other: 2 })
  expect(result.resultText).toBe(`{'${MARK}': ['${MARK}', 1], 'other': 2}`)
  expect(result.redactions).toEqual({ [RULE]: 7 })
  expectHidden(events, result.toText(), result.toMarkdown())
  const next = await sandbox.execute('print("nothing"); 1')
  expect(next).toMatchObject({ stdout: 'nothing\n', result: 1, redactions: {} })
})

programTest('known secrets are in no error', async ({ sandbox }) => {
  const { error, redactions } = await sandbox.execute(
    `class Error_${SECRET.replaceAll('-', '_')}(Exception): pass
key = ${JSON.stringify(SECRET)}
raise ValueError("cannot use " + key)`,
  )
  expect(error).toMatchObject({ name: 'ValueError', message: `cannot use ${MARK}` })
  expectHidden(error?.message, error?.traceback)
  expect(redactions[RULE]).toBeGreaterThanOrEqual(2)
})

programTest('known secrets of a tool reach neither Python nor the events', async ({ sandbox }) => {
  const events: unknown[] = []
  const code = `
value = leak()
try:
    fail()
except Exception as error:
    said = str(error)
[value, said, "4f9aKx" in repr(value)]`
  for await (const event of sandbox.stream(code)) events.push(event)
  const [{ result }] = events.slice(-1) as [{ result: { result: unknown[] } }]
  expect(result.result[2]).toBe(false)
  expect(result.result[1]).toContain(`no access with ${MARK}`)
  expectHidden(events)
})

programTest('known secrets are not seen around the place where output is cut', async ({ sandbox }) => {
  // The limit falls within each of these, and so does the end that the runner sends.
  for (const shift of [3, 11, 19]) {
    const code = `
secret = ${JSON.stringify(SECRET)}
print("." * (2000 - ${shift}) + secret + "-" * 5000 + secret + "=" * (1000 - 22 + ${shift}), end="")`
    const { stdout, truncated } = await sandbox.execute(code)
    expect(truncated.stdout).toBe(true)
    expect(stdout).toMatch(/bytes left out/)
    expect(stdout.replaceAll(MARK, '')).not.toMatch(/4f9|Kx7|QwEr|ErTy/)
  }
})

programTest(
  'a secret in pieces is held until it is known, and the rest comes at once',
  async ({ sandbox }) => {
    const code = `
import time
print("ready> sk", end="", flush=True)
input()
print("-live-4f9aKx", end="", flush=True)
input()
print("71QwErTy!", flush=True)`
    let seen = ''
    const beforeLine: string[] = []
    const stdin = async () => {
      // What is hardly a secret comes in a moment, before anything else is written.
      if (beforeLine.length === 0) await expect.poll(() => seen).toBe('ready> sk')
      else await sleep(50)
      beforeLine.push(seen)
      return ''
    }
    for await (const event of sandbox.stream(code, { stdin })) if (event.type === 'stdout') seen += event.text
    expect(beforeLine).toEqual(['ready> sk', 'ready> sk'])
    expect(seen).toBe(`ready> sk${MARK}!\n`)
  },
)

programTest(
  'known secrets are taken out of files that are text, and others are marked',
  async ({ sandbox }) => {
    const { files, redactions } = await sandbox.execute(`
secret = ${JSON.stringify(SECRET)}
open("config.ini", "w").write("x" * 300_000 + "\\nkey = " + secret + "\\n")
open("data.bin", "wb").write(bytes(1000) + secret.encode() + b"\\xff")
open("plain.txt", "w").write("größe")`)
    const [config, data, plain] = ['config.ini', 'data.bin', 'plain.txt'].map((name) =>
      files.find(({ path }) => path === name),
    )
    const text = (await config?.text()) ?? ''
    expect(text.slice(300_000)).toBe(`\nkey = ${MARK}\n`)
    expect(config).toMatchObject({ secret: 'taken-out', size: text.length })
    expect(config?.sha256).toBe(createHash('sha256').update(text).digest('hex'))
    expect(data).toMatchObject({ secret: 'left-in', size: 1001 + SECRET.length })
    expect(Buffer.from((await data?.bytes()) ?? []).includes(SECRET)).toBe(true)
    expect(plain).not.toHaveProperty('secret')
    expect(await plain?.text()).toBe('größe')
    expect(redactions).toEqual({ [RULE]: 1 })
  },
)

test('redaction can be turned off and added to, for a session and an execution', async () => {
  await using sandbox = new PyodideSandbox({ knownSecrets: [SECRET], pool: { min: 0, max: 1 } })
  const code = `print(${JSON.stringify(SECRET)}, "second-secret", "third-secret")`
  await using session = sandbox.session({ knownSecrets: ['second-secret'] })
  expect((await session.execute(code)).stdout).toBe(`${MARK} ${MARK} third-secret\n`)
  const more = await session.execute(code, { knownSecrets: ['third-secret'] })
  expect(more).toMatchObject({ stdout: `${MARK} ${MARK} ${MARK}\n`, redactions: { [RULE]: 3 } })
  expect((await session.execute(code, { redaction: 'off' })).stdout).toBe(
    `${SECRET} second-secret third-secret\n`,
  )
  await session.close()
  expect((await sandbox.execute(code)).stdout).toBe(`${MARK} second-secret third-secret\n`)
})

test('known+patterns takes out what has the shape of a secret, known or not', async () => {
  await using sandbox = new PyodideSandbox({
    knownSecrets: [SECRET],
    redaction: 'known+patterns',
    pool: { min: 0, max: 1 },
  })
  // Not written as one word: nothing in this repository looks like a token.
  const code = `
token = "ghp_" + "aB3dE6gH9jK2mN5pQ8sT1vW4xY7zA0cF3hJ6"
print("# secretlint-disable")
print("clone with", token, "and", ${JSON.stringify(SECRET)}, flush=True)
print("postgres://app:Tr0ub4dor@db/x", end="")
{"url": "https://example.com", "token": [token], "n": 1.5}`
  const { stdout, result, redactions } = await sandbox.execute(code)
  expect(stdout).toBe(
    `# secretlint-disable\nclone with [redacted:github] and ${MARK}\npostgres://app:[redacted:connection-string]@db/x`,
  )
  expect(result).toEqual({ url: 'https://example.com', token: ['[redacted:github]'], n: 1.5 })
  expect(redactions).toMatchObject({ [RULE]: 1, 'connection-string': 1 })
  expect((await sandbox.execute(code, { redaction: 'known' })).redactions).toEqual({ [RULE]: 1 })
})

test('keepFullOutput keeps nothing that is secret, also of a long output', async () => {
  await using sandbox = new PyodideSandbox({
    knownSecrets: [SECRET],
    keepFullOutput: true,
    maxOutputBytes: 1000,
    pool: { min: 0, max: 1 },
  })
  const code = `
for n in range(2000):
    print(n, ${JSON.stringify(SECRET)})`
  const { stdout, fullOutput, redactions } = await sandbox.execute(code)
  const expected = Array.from({ length: 2000 }, (_, n) => `${n} ${MARK}\n`).join('')
  expect(await fullOutput?.stdout.text()).toBe(expected)
  expect(stdout.startsWith(`0 ${MARK}\n`) && stdout.endsWith(`1999 ${MARK}\n`)).toBe(true)
  expect(redactions).toEqual({ [RULE]: 2000 })
})

test('knownSecrets are read from variables, and refused where they would be found everywhere', () => {
  process.env.AGENTCHAT_TEST_SHORT = 'abc'
  expect(
    () => new PyodideSandbox({ knownSecrets: ['long enough', 'short', { env: 'AGENTCHAT_TEST_SHORT' }] }),
  ).toThrow(/knownSecrets\[1\].*at least 6/)
  expect(() => new PyodideSandbox({ knownSecrets: [{ env: 'AGENTCHAT_TEST_SHORT' }] })).toThrow(
    /AGENTCHAT_TEST_SHORT must have at least 6/,
  )
  delete process.env.AGENTCHAT_TEST_SHORT
  new PyodideSandbox({ knownSecrets: [{ env: 'AGENTCHAT_TEST_SHORT' }] })
})
