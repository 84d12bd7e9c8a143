import { existsSync } from 'node:fs'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { command, prepareImage } from '../fixtures/command.ts'
import { startSecureServer, startServer, tlsFile } from '../fixtures/net-server.ts'
import { program } from '../fixtures/program.ts'

// Node reads the authorities when it starts: these tests are about a host that was started with one more of them.
const trusting = { NODE_EXTRA_CA_CERTS: tlsFile('ca.pem') }
const secure = await startSecureServer('localhost')
const elsewhere = await startSecureServer('elsewhere')
const plain = await startServer()
afterAll(() => Promise.all([secure.close(), elsewhere.close(), plain.close()]))
beforeAll(prepareImage)

async function printed(
  code: string,
  env: Readonly<Record<string, string>>,
  more: readonly string[] = [],
): Promise<string[]> {
  const prelude = `
import asyncio, json, ssl, urllib.request
good, other, plain = ${secure.port}, ${elsewhere.port}, ${plain.port}
def attempt(f):
    try:
        print(f())
    except Exception as error:
        inner = getattr(error, 'reason', error)
        print(type(inner).__name__, str(inner))
def get(port, **options):
    with urllib.request.urlopen(f'https://localhost:{port}/echo', **options) as response:
        return response.status
unchecked = ssl._create_unverified_context()
`
  const args = ['run', '-c', prelude + code, '--allow-net=localhost,127.0.0.1', '--deny-net=none', ...more]
  const { stdout, stderr } = await command(args, { env })
  expect(stderr).toBe('')
  return stdout.trimEnd().split('\n')
}

const FETCHES = program('net/fetches')

const WRONG_VERSION = expect.stringMatching(/^SSLError .*\[SSL: WRONG_VERSION_NUMBER\] wrong version number/)

test('certificates are checked with the authorities of the host', async () => {
  expect(await printed(FETCHES, trusting)).toEqual([
    '200',
    expect.stringMatching(/^SSLCertVerificationError .*CERTIFICATE_VERIFY_FAILED.*localhost/),
    '200',
    '200',
    WRONG_VERSION,
    'HTTP/1.1 200 OK',
    'HTTP/1.1 200 OK',
    '200',
  ])
})

test('an authority that the host does not know is refused, unless nothing is to be checked', async () => {
  const untrusted = expect.stringMatching(/^SSLCertVerificationError .*CERTIFICATE_VERIFY_FAILED/)
  expect(await printed(FETCHES, {})).toEqual([
    untrusted,
    untrusted,
    '200',
    '200',
    WRONG_VERSION,
    untrusted,
    untrusted,
    untrusted,
  ])
})

test('a TLS socket tells its protocol, its certificate and what was agreed', async () => {
  const code = `
import socket
context = ssl.create_default_context()
with context.wrap_socket(socket.create_connection(('localhost', good)), server_hostname='localhost') as secure:
    print(secure.version(), secure.getpeercert()['subjectAltName'], len(secure.getpeercert(True)) > 100, secure.cipher()[1])`
  expect(await printed(code, trusting)).toEqual([
    "TLSv1.3 (('DNS', 'localhost'), ('IP Address', '127.0.0.1')) True TLSv1.3",
  ])
})

const FOLDER = process.env.AGENTCHAT_TEST_PACKAGES ?? '/usr/lib/python3/dist-packages'
const LIBRARIES = ['requests', 'httpx', 'aiohttp'].every((name) => existsSync(join(FOLDER, name)))
if (!LIBRARIES) console.warn(`Certificates and the libraries: skipped, they are not in ${FOLDER}`)

test.skipIf(!LIBRARIES)(
  'the libraries check certificates, each in its own way, unless told not to',
  async () => {
    const code = `
import sys, types, warnings
sys.path.insert(0, ${JSON.stringify(FOLDER)})
sys.modules['cgi'] = types.ModuleType('cgi')
sys.modules['cgi'].parse_header = lambda line: (line.partition(';')[0], {})
warnings.simplefilter('ignore')
import requests, httpx, aiohttp
url = f'https://localhost:{good}/echo'
def named(f):
    try:
        print(f())
    except Exception as error:
        print(type(error).__name__)
named(lambda: requests.get(url).status_code)
named(lambda: requests.get(url, verify=False).status_code)
named(lambda: httpx.get(url).status_code)
named(lambda: httpx.get(url, verify=False).status_code)
async def by_httpx(**options):
    async with httpx.AsyncClient(**options) as client:
        return (await client.get(url)).status_code
named(lambda: asyncio.run(by_httpx()))
named(lambda: asyncio.run(by_httpx(verify=False)))
async def by_aiohttp(**options):
    async with aiohttp.ClientSession() as session, session.get(url, **options) as response:
        return response.status
named(lambda: asyncio.run(by_aiohttp()))
named(lambda: asyncio.run(by_aiohttp(ssl=False)))`
    const granted = [`--allow-read=${FOLDER}`]
    expect(await printed(code, trusting, granted)).toEqual(Array(8).fill('200'))
    expect(await printed(code, {}, granted)).toEqual([
      'SSLError',
      '200',
      'ConnectError',
      '200',
      'ConnectError',
      '200',
      'ClientConnectorCertificateError',
      '200',
    ])
  },
)
