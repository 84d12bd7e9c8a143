// A file of 200 MB goes in, is hashed in Python, and comes out. Prints as JSON how much the host grew.
import { createHash, randomBytes } from 'node:crypto'
import { createWriteStream, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { finished } from 'node:stream/promises'
import { PyodideSandbox } from '../../packages/sandbox/build/sandbox/index.js'
import { growthWhile } from './growth.mjs'

const MIB = 2 ** 20
const BLOCKS = 200

const folder = mkdtempSync(join(tmpdir(), 'agentchat-bench-'))
const path = join(folder, 'large')
const block = randomBytes(MIB)
const expected = createHash('sha256')
const file = createWriteStream(path)
for (let index = 0; index < BLOCKS; index++) {
  expected.update(block)
  if (!file.write(block)) await new Promise((resolve) => file.once('drain', resolve))
}
file.end()
await finished(file)

const sandbox = new PyodideSandbox({ pool: { min: 0, max: 1 }, timeoutSeconds: 300 })
await sandbox.execute('1')
const code = `
import hashlib
digest = hashlib.sha256()
with open('in', 'rb') as source, open('out', 'wb') as target:
    while piece := source.read(2**20):
        digest.update(piece)
        target.write(piece)
digest.hexdigest()`
const started = performance.now()
const { growthMb, value } = await growthWhile(async () => {
  const { result, files, error } = await sandbox.execute(code, { files: { in: { path } } })
  const hash = createHash('sha256')
  for await (const piece of files[0].stream()) hash.update(piece)
  return { result, error, out: hash.digest('hex') }
})
const seconds = (performance.now() - started) / 1000
await sandbox.close()
rmSync(folder, { recursive: true })
const digest = expected.digest('hex')
const whole = value.result === digest && value.out === digest
console.log(JSON.stringify({ growthMb, seconds, error: value.error, whole }))
