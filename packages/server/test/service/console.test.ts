import { expect, test } from 'vitest'
import { FRAME_POLICY } from '../../src/http/console-policy.ts'
import { describeServiceOnce } from './fixtures/service.ts'

const HTML = `from IPython.display import HTML, display
display(HTML("<b>one</b>"))
display("a text")
display(HTML("<i>two</i>"))`

describeServiceOnce('What the console asks for', (service) => {
  test('the console says where it is not built, and the API is there without it', async () => {
    const page = await service().send('GET', '/', { headers: { accept: 'text/html' } })
    expect(page.status).toBe(404)
    expect(await page.text()).toContain('The console is not built')
    expect((await service().send('GET', '/tools/tool_1')).status).toBe(404)
    expect((await service().send('GET', '/assets/index.js')).status).toBe(404)
    expect((await service().send('POST', '/playground')).status).toBe(405)
  })

  test('a display that is HTML is read once by its token, without credentials and with its own policy', async () => {
    const user = await service().newUser('framer')
    const call = service().as(user)
    const { body } = await call('POST', 'executions', { code: HTML })
    const mimes = body.result.displays.map(({ mime }: { readonly mime: string }) => mime)
    const number = mimes.lastIndexOf('text/html')
    const frame = `executions/${body.id}/displays`
    const made = await call('POST', `${frame}/${number}/frame`)
    expect(made.status).toBe(201)
    const shown = await service().send('GET', `${made.body.url}?scheme=dark`)
    expect(shown.status).toBe(200)
    expect(shown.headers.get('content-security-policy')).toBe(FRAME_POLICY)
    expect(shown.headers.get('x-frame-options')).toBe('SAMEORIGIN')
    expect(await shown.text()).toContain('<i>two</i>')
    expect((await service().send('GET', made.body.url)).status).toBe(404)
    expect((await call('POST', `${frame}/${mimes.indexOf('text/plain')}/frame`)).status).toBe(422)
    expect((await call('POST', `${frame}/99/frame`)).status).toBe(404)
    expect((await call('POST', `${frame}/x/frame`)).status).toBe(422)
    const other = await service().newUser('stranger')
    expect((await service().as(other)('POST', `${frame}/${number}/frame`)).status).toBe(404)
  })

  test('one user has 200 tokens that were not used, the oldest go first', async () => {
    const call = service().as(await service().newUser('collector'))
    const { body } = await call('POST', 'executions', { code: HTML })
    const urls: string[] = []
    for (let number = 0; number < 201; number += 1)
      urls.push((await call('POST', `executions/${body.id}/displays/0/frame`)).body.url)
    expect((await service().send('GET', urls[0] ?? '')).status).toBe(404)
    expect((await service().send('GET', urls[1] ?? '')).status).toBe(200)
  })

  test('input() waits for the line that is given, and for nobody else', async () => {
    const user = await service().newUser('asker')
    const call = service().as(user)
    const code = 'print(input("Who? "))\nprint(input())'
    const { body } = await call(
      'POST',
      'executions',
      { code, interactive: true },
      { prefer: 'respond-async' },
    )
    const give = (line: string | null) => call('POST', `executions/${body.id}/input`, { line })
    const other = await service().newUser('other-asker')
    const theirs = await service().as(other)('POST', `executions/${body.id}/input`, { line: 'x' })
    expect(theirs.status).toBe(404)
    await expect.poll(async () => (await give('Ada')).status).toBe(204)
    await expect.poll(async () => (await give(null)).status).toBe(204)
    await expect
      .poll(async () => (await call('GET', `executions/${body.id}`)).body.status)
      .not.toBe('running')
    const { result } = (await call('GET', `executions/${body.id}`)).body
    expect(result.stdout).toContain('Ada\n')
    expect(result.error.name).toBe('EOFError')
    expect((await give('late')).status).toBe(409)
    const answer = await service().send('GET', `executions/${body.id}/events`, {
      headers: { authorization: `Bearer ${user.apiKey}` },
    })
    expect(await answer.text()).toContain('{"type":"input-request","prompt":"Who? "}')
    const both = await call('POST', 'executions', { code, interactive: true, stdin: 'x' })
    expect(both.status).toBe(422)
  })

  test('an execution reaches the hosts that it asks for and the policy grants; one in a session asks for none', async () => {
    const call = service().as(await service().newUser('reacher'))
    const asking = (allowNet: string[]) => ({ code: '1', permissions: { allowNet } })
    const granted = await call('POST', 'executions', asking(['127.0.0.1']))
    expect(granted.body.result.permissions).toMatchObject({ granted: { net: ['127.0.0.1'] } })
    const refused = await call('POST', 'executions', asking(['example.com']))
    expect(refused.status).toBe(422)
    expect(refused.body.problems[0]?.path).toBe('permissions.allowNet')
    expect((await call('POST', 'executions', asking(['not a host!']))).status).toBe(422)
    const session = await call('POST', 'sessions', {})
    const within = await call('POST', `sessions/${session.body.id}/executions`, asking(['127.0.0.1']))
    expect(within.status).toBe(422)
  })

  test('limits are those of the caller, with what is used', async () => {
    const call = service().as(await service().newUser('counter'))
    await call('POST', 'executions', { code: 'x = 1' })
    const { status, body } = await call('GET', 'limits')
    expect(status).toBe(200)
    expect(body).toMatchObject({ maxTimeoutSeconds: 20, maxMemoryMb: 256, allowNet: ['127.0.0.1'] })
    expect(body.quotas.perMinute).toBe(1000)
    // Of 1,000 a minute one is free again after 60 ms.
    expect([0, 1]).toContain(body.used.perMinute)
    expect(body.used.storageBytes).toBeGreaterThan(0)
  })

  test('a version of a tool is read whole, without its secrets', async () => {
    const call = service().as(await service().newUser('versioner'))
    const definition = { code: 'def main() -> int:\n    return 1\n' }
    const tool = await call('POST', 'tools', { name: 'counted', kind: 'python', definition })
    const change = { definition: { code: 'def main() -> int:\n    return 2\n' } }
    await call('PATCH', `tools/${tool.body.id}`, change, { 'if-match': '"1"' })
    const first = await call('GET', `tools/${tool.body.id}/versions/1`)
    expect(first.status).toBe(200)
    expect(first.body.content).toMatchObject({ definition: { code: definition.code } })
    expect(first.body.content).not.toHaveProperty('auth')
    expect((await call('GET', `tools/${tool.body.id}/versions/3`)).status).toBe(404)
    const other = service().as(await service().newUser('other-versioner'))
    expect((await other('GET', `tools/${tool.body.id}/versions/1`)).status).toBe(404)
  })

  test('the configuration is for administrators', async () => {
    const user = service().as(await service().newUser('curious'))
    expect((await user('GET', 'configuration')).status).toBe(403)
    const { status, body } = await service().as(service().admin)('GET', 'configuration')
    expect(status).toBe(200)
    expect(body.version).toBe('0.0.0')
  })

  test('a service that runs code itself has no machines, and says so to administrators alone', async () => {
    const { as, admin, newUser, keyOf } = service()
    expect((await as(await newUser('nosy'))('GET', 'machines')).status).toBe(403)
    const key = await keyOf(admin, ['execute', 'audit:read'])
    expect((await as(key)('GET', 'machines')).body).toMatchObject({ status: 403, code: 'forbidden' })
    expect((await service().send('GET', 'machines')).status).toBe(401)
    const { status, body } = await as(admin)('GET', 'machines')
    expect(status).toBe(200)
    expect(body).toEqual({ items: [], nextCursor: null, runsItself: true })
    // Not even that there are none.
    expect(await service().services.context.metrics.text()).not.toMatch(/^agentchat_machine/m)
  })
})
