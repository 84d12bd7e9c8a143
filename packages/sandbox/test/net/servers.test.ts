import { expect } from 'vitest'
import { programTest } from '../fixtures/program-sandbox.ts'

const SERVERS = 'servers do not exist here: Python can only connect'
const ONLY_TCP = 'only TCP connections exist here'

/** Programs that would be a server, or no client of TCP, and what refuses them. */
const PROGRAMS: [what: string, code: string, message: string][] = [
  ['a server of asyncio', 'asyncio.run(asyncio.start_server(print, "localhost", 8888))', SERVERS],
  ['one at the top level', 'await asyncio.start_server(print, "0.0.0.0", 8888)', SERVERS],
  [
    'one that the loop makes',
    'await asyncio.get_running_loop().create_server(asyncio.Protocol, port=1)',
    SERVERS,
  ],
  [
    'datagrams of asyncio',
    'async def main(): await asyncio.get_running_loop().create_datagram_endpoint(asyncio.DatagramProtocol, local_addr=("", 9))\nasyncio.run(main())',
    ONLY_TCP,
  ],
  ['a raw socket', 'socket.socket(socket.AF_INET, socket.SOCK_RAW, socket.IPPROTO_ICMP)', ONLY_TCP],
  [
    'a socket with its options',
    's = socket.socket()\nfor o in (socket.SO_REUSEADDR, socket.SO_REUSEPORT, socket.SO_KEEPALIVE): s.setsockopt(socket.SOL_SOCKET, o, 1)\ns.bind(("", 80))\ns.listen()',
    SERVERS,
  ],
  [
    'socketserver',
    'import socketserver\nsocketserver.TCPServer.allow_reuse_address = True\nsocketserver.TCPServer(("", 0), print)',
    SERVERS,
  ],
  [
    'a listener of multiprocessing',
    'from multiprocessing.connection import Listener\nListener(("localhost", 6000))',
    SERVERS,
  ],
]

programTest.for(PROGRAMS)(
  '%s is refused in words, and with a hint',
  async ([, code, message], { sandbox }) => {
    const { error } = await sandbox.execute(`import asyncio, socket\n${code}`)
    expect(error).toMatchObject({ kind: 'exception', message: expect.stringContaining(message) })
    expect(error?.hint).toMatch(message === SERVERS ? /^Servers do not exist here/ : /^Only TCP connections/)
    expect((await sandbox.execute('print(1)')).stdout).toBe('1\n')
  },
)

programTest('a socket of a path is refused with a hint', async ({ sandbox }) => {
  for (const code of [
    'import socket\nsocket.AF_UNIX',
    'import asyncio\nawait asyncio.start_unix_server(print, "/tmp/s")',
  ]) {
    const { error } = await sandbox.execute(code)
    expect(error?.hint, code).toMatch(/no UDP and no local sockets.*httpx/)
  }
})

programTest('socket.getservbyname() and getservbyport() know the common services', async ({ sandbox }) => {
  const code = `import socket
told = [socket.getservbyname("http"), socket.getservbyname("https", "tcp"), socket.getservbyport(22)]
for function, given in ((socket.getservbyname, "nope"), (socket.getservbyport, 6), (socket.getservbyport, 70000), (socket.getservbyname, 5)):
    try: function(given)
    except (OSError, OverflowError, TypeError) as error: told.append(type(error).__name__)
told`
  const { result } = await sandbox.execute(code)
  expect(result).toEqual([80, 443, 'ssh', 'OSError', 'OSError', 'OverflowError', 'TypeError'])
})
