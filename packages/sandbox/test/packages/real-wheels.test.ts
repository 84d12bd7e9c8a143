import { existsSync, readdirSync } from 'node:fs'
import { afterAll, expect, test } from 'vitest'
import { PyodideSandbox, type SandboxOptions } from '../../src/sandbox/index.ts'
import { cacheWithBase } from '../fixtures/cache.ts'
import { program } from '../fixtures/program.ts'

// Wheels of well-known packages, built for this Pyodide, are large and not ours: a folder with them can be named.
const folder = process.env.AGENTCHAT_TEST_WHEELS ?? ''
const wheels = existsSync(folder) ? readdirSync(folder) : []
const has = (name: string) => wheels.some((file) => file.startsWith(`${name}-`))
if (wheels.length === 0)
  console.warn('AGENTCHAT_TEST_WHEELS names no folder with wheels: tests with real packages are skipped')

const cache = cacheWithBase()
afterAll(() => cache[Symbol.dispose]())

function sandboxWith(options: SandboxOptions): PyodideSandbox {
  const pool = { min: 0, max: 1 }
  return new PyodideSandbox({ cacheDir: cache.path, offline: true, wheels: folder, pool, ...options })
}

test.skipIf(!has('numpy'))(
  'numpy: arrays, linear algebra, transforms, errors, and modules not loaded yet',
  async () => {
    await using sandbox = sandboxWith({ packages: ['numpy'] })
    const code = program('packages/real-wheels')
    expect(await sandbox.execute(code)).toMatchObject({
      error: null,
      result: [
        true,
        [104, 5, 106, 7],
        true,
        'Last 2 dimensions of the array must be square',
        [1, 1, 1, 1],
        [67, 80, 2],
        '0.1',
        [1, 2, 3],
      ],
    })
  },
)

test.skipIf(!has('numpy'))(
  'numpy: luck is fresh in each worker, though it was drawn for the image',
  async () => {
    await using sandbox = sandboxWith({ packages: ['numpy'] })
    const code = 'import numpy as np; [np.random.rand(), np.random.default_rng().random()]'
    const draws = [await sandbox.execute(code), await sandbox.execute(code)].map(({ result }) => result)
    expect(new Set(draws.flatMap((draw) => draw as number[])).size).toBe(4)
  },
)

test.skipIf(!has('numpy'))(
  'numpy: a memory limit below what its image takes ends in MemoryError',
  async () => {
    await using sandbox = sandboxWith({ packages: ['numpy'], memoryLimitMb: 64 })
    const result = await sandbox.execute('import numpy as np; np.ones(2**26)')
    expect(result).toMatchObject({ status: 'error', error: { kind: 'memory' } })
  },
)

test.skipIf(!['lxml', 'pillow', 'cryptography', 'cffi', 'pycparser', 'numpy'].every(has))(
  'five native packages in one image: lxml, pillow, cryptography with cffi, numpy',
  async () => {
    await using sandbox = sandboxWith({ packages: ['lxml', 'pillow', 'cryptography', 'numpy', 'six'] })
    const code = `
from lxml import etree
import io, six
from PIL import Image
from cryptography.fernet import Fernet
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
import numpy as np
tree = etree.fromstring('<a><b x="1"/><b x="2"/></a>')
try:
    etree.fromstring('<a>')
except etree.XMLSyntaxError as error:
    failure = type(error).__name__
image = Image.fromarray(np.full((8, 8, 3), 7, np.uint8))
file = io.BytesIO()
image.save(file, 'PNG')
key = Ed25519PrivateKey.generate()
key.public_key().verify(key.sign(b'text'), b'text')
fernet = Fernet(Fernet.generate_key())
[tree.xpath('//b/@x'), failure, Image.open(file).getpixel((0, 0)), fernet.decrypt(fernet.encrypt(b'secret')).decode(),
 six.PY3]`
    for (const _run of [1, 2])
      expect(await sandbox.execute(code)).toMatchObject({
        error: null,
        result: [['1', '2'], 'XMLSyntaxError', [7, 7, 7], 'secret', true],
      })
  },
)
