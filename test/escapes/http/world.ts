import type { World } from './attack.ts'
import type { Caller } from './caller.ts'

const FILE_CODE = 'open("out.bin", "wb").write(bytes(65536)) and None'

/** What an attack has at hand; what it needs of the service is made when it is asked for, and once. */
export function worldOf(
  given: Pick<World, 'attacker' | 'stranger' | 'bystander' | 'bystanderCredentials' | 'servers'>,
): World {
  const { attacker } = given
  const made = new Map<string, Promise<string>>()
  const once = (what: string, make: () => Promise<string>) => {
    const known = made.get(what) ?? make()
    made.set(what, known)
    return known
  }
  return {
    ...given,
    session: () => once('session', () => newSession(attacker)),
    execution: () =>
      once('execution', () => idOf(attacker.send('POST', 'executions', { json: { code: FILE_CODE } }))),
    async tool(tool) {
      const name = `tool_${made.size}`
      const id = await once(JSON.stringify(tool), () =>
        idOf(attacker.send('POST', 'tools', { json: { name, ...tool } })),
      )
      const { headers } = await attacker.send('GET', `tools/${id}`)
      return { id, etag: String(headers.etag) }
    },
  }
}

/** A new session of somebody. */
export async function newSession(caller: Caller): Promise<string> {
  return await idOf(caller.send('POST', 'sessions', { json: {} }))
}

async function idOf(answered: ReturnType<Caller['send']>): Promise<string> {
  const { status, text } = await answered
  if (status !== 200 && status !== 201) throw new Error(`Cannot prepare an attack: ${status} ${text}`)
  return JSON.parse(text).id
}
