import { existsSync, readdirSync } from 'node:fs'
import { join } from 'node:path'
import { expect, test } from 'vitest'
import { executions } from '../../src/db/schema.ts'
import { forgetOld, recover } from '../../src/services/maintenance.ts'
import { describeService } from './fixtures/service.ts'

const MAKES = (bytes: number) => `
import os
os.makedirs('out')
open('out/ü (1).html', 'w').write('<script>alert(1)</script>')
open('big.bin', 'wb').write(bytes(range(256)) * ${bytes / 256})
open('total.txt', 'w').write(str(sum(map(int, open('numbers.txt')))))
os.remove('gone.txt')
`
const INPUT = {
  code: MAKES(2560),
  files: [
    { path: 'numbers.txt', text: '1\n2\n' },
    { path: 'gone.txt', base64: 'AAEC' },
  ],
}

describeService('files of executions', (service) => {
  test('go in with the request and are read back, whole or in parts, as bytes that no browser runs', async () => {
    const { as, newUser, send } = service()
    const somebody = await newUser('filer')
    const { body } = await as(somebody)('POST', 'executions', INPUT)
    expect(body.result).toMatchObject({ status: 'success' })
    const files = Object.fromEntries(body.result.files.map((file) => [file.path, file]))
    expect(files).toMatchObject({
      'out/ü (1).html': { size: 25, mime: 'text/html', change: 'created', kept: true },
      'big.bin': { size: 2560, change: 'created', kept: true },
      'total.txt': { size: 1, mime: 'text/plain', kept: true },
      'gone.txt': { change: 'deleted', kept: false },
    })
    const get = async (path: string, headers: Record<string, string> = {}) =>
      await send('GET', `executions/${body.id}/files/${path}`, {
        headers: { authorization: `Bearer ${somebody.apiKey}`, ...headers },
      })
    const total = await get('total.txt')
    expect(await total.text()).toBe('3')
    expect(total.headers.get('content-type')).toBe('text/plain')
    for (const path of ['out/%C3%BC%20(1).html', 'out%2F%C3%BC%20(1).html']) {
      const page = await get(path)
      expect(await page.text()).toBe('<script>alert(1)</script>')
      expect(Object.fromEntries(page.headers)).toMatchObject({
        'content-type': 'application/octet-stream',
        'content-disposition': `attachment; filename="___1_.html"; filename*=UTF-8''%C3%BC%20%281%29.html`,
        'x-content-type-options': 'nosniff',
        'content-security-policy': "default-src 'none'; sandbox; frame-ancestors 'none'",
        'content-length': '25',
      })
    }
    const etag = total.headers.get('etag') ?? ''
    expect(etag).toBe(`"${files['total.txt']?.sha256}"`)
    expect((await get('total.txt', { 'if-none-match': `"x", W/${etag}` })).status).toBe(304)
    const part = await get('big.bin', { range: 'bytes=256-258' })
    expect([part.status, part.headers.get('content-range')]).toEqual([206, 'bytes 256-258/2560'])
    expect([...new Uint8Array(await part.arrayBuffer())]).toEqual([0, 1, 2])
    const stale = await get('big.bin', { range: 'bytes=0-1', 'if-range': '"another"' })
    expect([stale.status, (await stale.arrayBuffer()).byteLength]).toEqual([200, 2560])
    const beyond = await get('big.bin', { range: 'bytes=2560-' })
    expect([beyond.status, beyond.headers.get('content-range')]).toEqual([416, 'bytes */2560'])
    const head = await send('HEAD', `executions/${body.id}/files/big.bin`, {
      headers: { authorization: `Bearer ${somebody.apiKey}` },
    })
    expect([head.status, head.headers.get('content-length'), await head.text()]).toEqual([200, '2560', ''])
    expect((await get('gone.txt')).status).toBe(410)
    for (const path of ['nothing.txt', '..%2F..%2Fservice.lock', '0', '%00']) {
      expect((await get(path)).status, path).toBe(404)
    }
    const other = as(await newUser('nosy'))
    expect((await other('GET', `executions/${body.id}/files/total.txt`)).status).toBe(404)
    expect((await other('DELETE', `executions/${body.id}/files`)).status).toBe(404)
  })

  test('a request with a wrong file says which one', async () => {
    const { as, admin } = service()
    const wrong = async (...files: object[]) =>
      (await as(admin)('POST', 'executions', { code: '1', files })).body.problems?.map(
        (each: { path: string }) => each.path,
      )
    expect(await wrong({ path: '../a', text: '' })).toEqual(['files.0.path'])
    expect(await wrong({ path: '/a', text: '' })).toEqual(['files.0.path'])
    expect(await wrong({ path: 'a', base64: '???' })).toEqual(['files.0.base64'])
    expect(await wrong({ path: 'a', text: '' }, { path: 'a', text: '' })).toEqual(['files'])
    expect(await wrong({ path: '__proto__', text: 'x' })).toBeUndefined()
  })

  test('what has no room in the quota is not kept; who has used it up is refused until something is deleted', async () => {
    const { as, newUser, services } = service()
    const user = await newUser('hoarder')
    const change = { quotas: { storageBytes: 8000 } }
    expect((await as(service().admin)('PATCH', `users/${user.id}`, change)).body).toMatchObject(change)
    const hoarder = as(user)
    const first = (await hoarder('POST', 'executions', INPUT)).body
    const LARGE = { ...INPUT, code: MAKES(5120) }
    const second = (await hoarder('POST', 'executions', LARGE)).body
    const kept = (run: typeof first) =>
      run.result.files
        .filter((file: { kept: boolean }) => file.kept)
        .map((file: { path: string }) => file.path)
    expect(kept(first).sort()).toEqual(['big.bin', 'out/ü (1).html', 'total.txt'])
    expect(kept(second)).not.toContain('big.bin')
    expect((await hoarder('GET', `executions/${second.id}/files/big.bin`)).body).toMatchObject({
      ...{ status: 410, code: 'file-not-kept' },
    })
    // What is recorded of each execution counts, too.
    let refused = await hoarder('POST', 'executions', { code: '1' })
    for (let n = 0; refused.status === 200 && n < 20; n += 1)
      refused = await hoarder('POST', 'executions', { code: '1' })
    expect(refused.body).toMatchObject({
      ...{ status: 429, code: 'quota-exceeded', quota: 'storage-bytes', quotaOf: 'user' },
    })
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(3000)
    expect((await hoarder('DELETE', `executions/${first.id}/files`)).status).toBe(204)
    expect((await hoarder('GET', `executions/${first.id}/files/big.bin`)).status).toBe(410)
    expect((await hoarder('POST', 'executions', { code: '1' })).status).toBe(200)
    expect(await services.context.fileStore.sizeOf(first.id, 0)).toBeNull()
  })

  test('the quota of a key is within that of its user', async () => {
    const { as, newUser } = service()
    const user = await newUser('keyed')
    const made = await as(user)('POST', 'api-keys', {
      ...{ name: 'small', scopes: ['execute'], quotas: { perMinute: 1 } },
    })
    expect(made.body.quotas).toEqual({ perMinute: 1 })
    const small = as({ id: user.id, apiKey: made.body.key })
    expect((await small('POST', 'executions', { code: '1' })).status).toBe(200)
    const refused = await small('POST', 'executions', { code: '1' })
    expect(refused.body).toMatchObject({
      ...{ status: 429, quota: 'executions-per-minute', quotaOf: 'api-key' },
    })
    expect((await as(user)('POST', 'executions', { code: '1' })).status).toBe(200)
  })

  test('are deleted when their time is over, and so is what a killed service left behind', async () => {
    const { as, admin, services, filesFolder } = service()
    const { context } = services
    const { body } = await as(admin)('POST', 'executions', INPUT)
    const orphan = 'exe_0nobodyknowsthisone'
    const source = {
      size: 1,
      sha256: 'x',
      async *stream() {
        yield Buffer.from('x')
      },
    }
    await context.fileStore.keep(orphan, new Map([[0, source]]))
    const broken = { size: 2, sha256: 'x', stream: source.stream }
    await expect(context.fileStore.keep('exe_0broken', new Map([[0, broken]]))).rejects.toThrow(
      '1 bytes instead of 2',
    )
    await recover(context)
    expect(existsSync(join(filesFolder, orphan))).toBe(false)
    expect(existsSync(join(filesFolder, body.id))).toBe(true)
    await forgetOld(context)
    expect((await as(admin)('GET', `executions/${body.id}/files/total.txt`)).body).toBe('3')
    await context.db.update(executions).set({ finishedAt: new Date(Date.now() - 3_601_000) })
    await forgetOld(context)
    expect((await as(admin)('GET', `executions/${body.id}/files/total.txt`)).body).toMatchObject({
      ...{ status: 410, detail: expect.stringContaining('older than 1 hours') },
    })
    expect(readdirSync(filesFolder)).toEqual([])
    const { body: audit } = await as(admin)('GET', 'audit?action=retention.remove')
    expect(audit.items).toMatchObject([{ actorId: null, detail: { filesOfExecutions: expect.any(Number) } }])
  })
})
