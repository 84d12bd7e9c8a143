import { expect, test } from 'vitest'
import { type Answer, call, ERAS, type McpService } from './mcp-service.ts'

/** Stored tools, and those for which a person is asked. */
export function storedToolsOverMcp(mcp: () => McpService): void {
  const service = () => mcp().service

  test.each(ERAS)('%s: the stored tools of the caller are tools', async (era) => {
    const ada = await service().newUser(`tools-${era}`)
    const eve = await service().newUser(`no-tools-${era}`)
    const name = `double_${era.replaceAll('-', '_')}`
    const code = 'def double(n: int) -> int:\n    return 2 * n'
    const made = await service().as(ada)('POST', 'tools', {
      ...{ name, kind: 'python', description: 'Doubles' },
      definition: { code, entry: 'double' },
    })
    expect(made.status).toBe(201)
    const client = await mcp().connect(era, ada)
    const { tools } = await client.listTools()
    const offered = tools.find((each) => each.name === `tool_${name}`)
    expect(offered).toMatchObject({ description: 'Doubles', inputSchema: { required: ['n'] } })
    expect((await call(client, `tool_${name}`, { n: 21 })).text).toContain('42')
    expect(await call(client, `tool_${name}`, { n: 'x' })).toMatchObject({ isError: true })
    const others = (await (await mcp().connect(era, eve)).listTools()).tools.map((each) => each.name)
    expect(others).not.toContain(`tool_${name}`)
  })

  test.each(ERAS)(
    '%s: a call that a person has to allow waits for it, and is refused without one',
    async (era) => {
      const ada = await service().newUser(`approve-${era}`)
      const name = `delete_${era.replaceAll('-', '_')}`
      const made = await service().as(ada)('POST', 'tools', {
        ...{ name, kind: 'python', limits: { approve: true } },
        definition: { code: 'def remove(n: int) -> str:\n    return f"removed {n}"', entry: 'remove' },
      })
      expect(made).toMatchObject({ status: 201, body: { limits: { approve: true } } })
      const runs = async () => (await service().as(ada)('GET', 'executions')).body.items.length
      const asked: string[] = []
      const answering = (answer: ReturnType<Answer>) => (message: string) => {
        asked.push(message)
        return answer
      }
      const before = await runs()
      for (const [answer, told] of [
        [{ action: 'accept', content: { allow: false, reason: 'not today' } }, 'not today'],
        [{ action: 'accept', content: {} }, 'it was refused'],
        [{ action: 'decline' }, 'it was refused'],
        [{ action: 'cancel' }, 'it was refused'],
      ] as const) {
        const client = await mcp().connect(era, ada, answering(answer))
        const refused = await call(client, `tool_${name}`, { n: 3 }).catch((error: unknown) => ({
          text: String(error),
        }))
        expect(refused.text).toContain(told)
      }
      const unable = await call(await mcp().connect(era, ada), `tool_${name}`, { n: 3 })
      expect(unable).toMatchObject({ isError: true, text: expect.stringContaining('cannot ask one') })
      expect(await runs()).toBe(before)
      const client = await mcp().connect(era, ada, answering({ action: 'accept', content: { allow: true } }))
      expect((await call(client, `tool_${name}`, { n: 3 })).text).toContain('removed 3')
      expect(asked).toHaveLength(5)
      expect(asked.at(-1)).toContain(`"${name}"?\n{"n":3}`)
    },
  )
}
