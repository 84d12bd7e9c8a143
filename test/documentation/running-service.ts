import { fileURLToPath } from 'node:url'
import { start } from '../../packages/sandbox/test/fixtures/command.ts'

const MAIN = fileURLToPath(new URL('../../packages/server/dist/cli/main.js', import.meta.url))
const EMAIL = 'admin@localhost.local'
const PASSWORD = 'a password of the documentation'

/** A service that runs as its command does. */
export interface RunningService {
  readonly url: string
  /** Of its administrator. */
  readonly apiKey: string
  end(): Promise<void>
}

/** Starts the built service on a free port, with its data in `folder`, and makes an API key. */
export async function startService(folder: string): Promise<RunningService> {
  const args = ['serve', '--port', '0', '--data-dir', folder]
  const service = start(args, { main: MAIN, env: { AGENTCHAT_ADMIN_PASSWORD: PASSWORD } })
  let printed = ''
  service.child.stdout?.on('data', (text: string) => {
    printed += text
  })
  await service.printed('listens on')
  const [, url = ''] = /listens on (\S+)/.exec(printed) ?? []
  const signedIn = await post(`${url}/api/v1/auth/sign-in`, { email: EMAIL, password: PASSWORD })
  const cookie = signedIn.headers.getSetCookie().map((one) => one.split(';')[0])
  const made = await post(
    `${url}/api/v1/api-keys`,
    { name: 'examples', scopes: ['admin'] },
    cookie.join('; '),
  )
  const { key } = (await made.json()) as { key: string }
  const end = async () => {
    service.child.kill('SIGTERM')
    await service.outcome
  }
  return { url, apiKey: key, end }
}

async function post(url: string, body: unknown, cookie = ''): Promise<Response> {
  const headers = { 'content-type': 'application/json', cookie }
  const answer = await fetch(url, { method: 'POST', headers, body: JSON.stringify(body) })
  if (!answer.ok) throw new Error(`Cannot post to ${url}: ${answer.status} ${await answer.text()}`)
  return answer
}
