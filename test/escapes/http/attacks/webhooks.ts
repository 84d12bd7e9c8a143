import { setTimeout as sleep } from 'node:timers/promises'
import { type Attack, attacksOf, nested, type World } from '../attack.ts'
import { unanswered } from '../caller.ts'
import type { Behaviour } from '../hostile-servers.ts'

const SECRET = `whsec_${'A'.repeat(40)}`
const RUNS = 4
/** What another user's run and its message may take while the attacker's receivers are at it, on a busy machine. */
const OTHERS_SECONDS = 12

/** Runs of the attacker are told to a receiver that behaves so; meanwhile another user's is told to an honest one. */
function receiver(behave: Behaviour, runs = RUNS): Omit<Attack, 'id'> {
  return {
    answers: [200, 202],
    run: async (world) => {
      const url = await world.servers.url(behave)
      const begun = await Promise.all(Array.from({ length: runs }, () => told(world, url)))
      return [...begun, await othersTold(world)]
    },
  }
}

const told = ({ attacker }: Pick<World, 'attacker'>, url: string) =>
  attacker.send('POST', 'executions', {
    json: { code: '1', webhook: { url, secret: SECRET } },
    headers: { prefer: 'respond-async' },
  })

/** Another user's message, which must arrive. */
async function othersTold(world: World) {
  const arrived = new Promise<boolean>((resolve) => {
    const honest: Behaviour = (_, response) => {
      response.end()
      resolve(true)
    }
    void world.servers.url(honest).then((url) => told({ attacker: world.bystander }, url))
  })
  const inTime = await Promise.race([arrived, sleep(OTHERS_SECONDS * 1000, false)])
  return inTime
    ? { status: 200, text: '', headers: {} }
    : unanswered(`the message of another user did not arrive within ${OTHERS_SECONDS} s`)
}

/** A receiver that nobody may be led to. */
function refused(url: string): Omit<Attack, 'id'> {
  return { answers: [202, 422, 429], run: async (world) => await told(world, url) }
}

/** Where results are told to, and what those answer. */
export const webhooks = attacksOf('webhook', {
  mute: receiver(() => {}, 8),
  slow: receiver((_, response) => {
    response.writeHead(200)
    const timer = setInterval(() => response.write(' '), 50)
    response.on('close', () => clearInterval(timer))
  }),
  endless: receiver((_, response) => {
    const write = () => {
      while (!response.destroyed && response.write(' '.repeat(65_536)));
    }
    response.on('drain', write)
    write()
  }),
  'endless-head': receiver((_, response) => {
    response.socket?.write('HTTP/1.1 200 OK\r\n')
    const timer = setInterval(() => response.socket?.write(`X: ${'x'.repeat(1000)}\r\n`), 1)
    response.on('close', () => clearInterval(timer))
  }),
  deep: receiver((_, response) => response.setHeader('content-type', 'application/json').end(nested(30_000))),
  'redirect-to-the-inside': receiver((_, response) =>
    response.writeHead(307, { location: 'http://169.254.169.254/' }).end(),
  ),
  'redirect-to-itself': receiver((_, response) => response.writeHead(307, { location: '/' }).end()),
  'ends-at-once': receiver((incoming) => incoming.socket.destroy()),
  'retry-after': receiver((_, response) =>
    response.writeHead(503, { 'retry-after': '9'.repeat(9000) }).end(),
  ),
  'to-the-inside': refused('http://169.254.169.254/latest/meta-data'),
  'to-another-name-of-here': refused('http://[::1]:1/'),
  'to-a-number': refused('http://2130706434:1/'),
  'to-addresses-in-disguise': {
    answers: [202, 422, 429],
    run: async (world) => await Promise.all(DISGUISED.map((url) => told(world, url))),
  },
  'to-no-web': { answers: [422], run: async (world) => await told(world, 'file:///etc/passwd') },
})

const DISGUISED = [
  'http://[::ffff:169.254.169.254]/',
  'http://0251.0376.0251.0376/',
  'http://0xa9fea9fe/',
  'http://localhost./',
  'http://\uff11\uff12\uff17.0.0.1:1/',
  'http://[::]:1/',
  'http://0:1/',
  'http://a\u3002localhost:1/',
  'http://127.1:1/',
  `http://${'a.'.repeat(900)}/`,
  'http://x:y@127.0.0.1:1/',
  'http://127.0.0.1:0/',
  'javascript://%0aalert(1)',
  'http:\\\\127.0.0.1',
]
