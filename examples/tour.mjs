// A tour of the sandbox: runs a few small programs and prints what came back. `npm run tour` runs it.
import { PyodideSandbox } from 'agentchat-sandbox'

const STEPS = [
  {
    title: 'Output, and the value of the last expression',
    code: `
import sys, statistics
print("Hello from Python", sys.version.split()[0])
statistics.mean([3, 1, 4, 1, 5])`,
  },
  {
    title: 'Top-level await',
    code: `
import asyncio
async def double(n):
    await asyncio.sleep(0.1)
    return n * 2
await asyncio.gather(*(double(n) for n in range(5)))`,
  },
  {
    title: 'An exception comes back as data, with its traceback',
    code: `
def mean(numbers):
    return sum(numbers) / len(numbers)
print("before")
mean([])`,
  },
  {
    title: 'A loop that never ends, stopped after one second; its output is kept',
    options: { timeoutSeconds: 1 },
    code: `
n = 0
while True:
    n += 1
    if n in (1, 1000, 1000000): print("still here", n)`,
  },
  {
    title: 'A program that takes all the memory it can get, stopped at 64 MiB',
    options: { memoryLimitMb: 64 },
    code: `
hoard = []
while True:
    hoard.append(bytearray(1024 * 1024))
    if len(hoard) % 10 == 0: print(len(hoard), "MiB")`,
  },
  {
    title: 'Nothing of this machine can be reached',
    code: `
import os, subprocess
from urllib.request import urlopen
for attempt in (
    lambda: open("/etc/passwd").read(),
    lambda: urlopen("http://127.0.0.1/").status,
    lambda: os.environ["TOUR_SECRET"],
    lambda: subprocess.run(["id"]),
):
    try: print("got", attempt())
    except BaseException as error: print(type(error).__name__, "-", error)`,
  },
]

// What a program must not see.
process.env.TOUR_SECRET = 'of the host'

const sandbox = new PyodideSandbox({
  pool: { min: 1, max: 1 },
  onProgress: ({ stage, done, total }) => console.error(`[image ${done}/${total}] ${stage}`),
})
try {
  await sandbox.start()
  for (const [index, { title, code, options }] of STEPS.entries()) {
    console.log(`${index + 1}. ${title}\n`)
    console.log(indent(code.trim(), '   | '))
    const result = await sandbox.execute(code.trim(), options)
    console.log(`\n${indent(describe(result), '   ')}\n`)
  }
} finally {
  await sandbox.close()
}
console.log('That was the tour. Your own programs: node packages/sandbox/dist/cli/main.js run --help')

/** The interesting fields of a result, one after the other. */
function describe({ status, stdout, stderr, result, error, executionTime }) {
  const fields = [`status  ${status} after ${executionTime.toFixed(3)} s`]
  if (stdout !== '') fields.push(field('stdout', stdout))
  if (stderr !== '') fields.push(field('stderr', stderr))
  if (result !== null) fields.push(field('result', JSON.stringify(result)))
  if (error !== null) {
    fields.push(field('error', `${error.kind}: ${error.name}${error.message ? `: ${error.message}` : ''}`))
    if (error.traceback !== '') fields.push(indent(error.traceback.trimEnd(), ' '.repeat(8)))
  }
  return fields.join('\n')
}

function field(name, text) {
  return name.padEnd(8) + indent(text.trimEnd(), ' '.repeat(8)).trimStart()
}

function indent(text, margin) {
  return text.replace(/^/gm, margin)
}
