import { expect, test } from 'vitest'
import { describeServiceOnce } from './fixtures/service.ts'

const CODE = `
import urllib.request
urllib.request.urlopen("http://127.0.0.1:9/")
urllib.request.urlopen("https://api.example.com/")
open("/etc/hosts").read()
while True: pass
`

describeServiceOnce('dry runs', (service) => {
  test('a dry run says what code needs and what is granted, runs nothing, and is in the audit', async () => {
    const ada = await service().newUser('dry')
    const call = service().as(ada)
    const dry = (body: object, who = call) => who('POST', 'executions?dryRun=true', body)
    const { status, body, headers } = await dry({ code: CODE, permissions: { allowNet: ['127.0.0.1'] } })
    expect([status, headers.get('content-type')]).toEqual([200, 'application/vnd.agentchat.code-needs+json'])
    expect(body).toMatchObject({
      problem: null,
      hosts: [
        { name: '127.0.0.1:9', line: 3 },
        { name: 'api.example.com:443', line: 4, granted: false },
      ],
      reads: [{ name: '/etc/hosts', line: 5, granted: false }],
      missing: { allowRead: ['/etc/hosts'] },
    })
    expect((await dry({ code: 'x = (' })).body).toMatchObject({ problem: { line: 1 } })
    // What the policy does not grant is refused as for a run.
    expect((await dry({ code: '1', permissions: { allowNet: ['other.example'] } })).status).toBe(422)
    const reader = await service().keyOf(ada, ['tools:read'])
    expect((await dry({ code: '1' }, service().as(reader))).status).toBe(403)
    expect((await call('GET', 'executions')).body.items).toEqual([])
    const entries = await call('GET', 'audit?action=execution.inspect')
    expect(entries.body.items.map(({ outcome }) => outcome)).toEqual(['success', 'success'])
    expect(JSON.stringify(entries.body)).not.toContain('/etc/hosts')
    // What is no dry run runs.
    expect((await call('POST', 'executions?dryRun=false', { code: '6 * 7' })).body.result?.result).toBe(42)
    expect((await call('POST', 'executions?dryRun=maybe', { code: '1' })).status).toBe(422)
  })
})
