import { expect, test } from 'vitest'
import { MAX_HELD_MS, watched } from '../../../../test/fixtures/event-loop.ts'
import { describeServiceOnce, type Somebody } from './fixtures/service.ts'

const CODE = 'def main(**more): return len(more)'
const doubling = {
  $ref: '#/$defs/s0',
  $defs: Object.fromEntries(
    Array.from({ length: 31 }, (_, step) => {
      const next = { $ref: `#/$defs/s${step + 1}` }
      return [`s${step}`, step === 30 ? {} : { allOf: [next, next] }]
    }),
  ),
}

describeServiceOnce('schemas of strangers', (service) => {
  const make = (who: Somebody, name: string, parameters?: object) =>
    service().as(who)('POST', 'tools', { name, kind: 'python', definition: { code: CODE }, parameters })
  const execute = (who: Somebody, id: string, args: object) =>
    service().as(who)('POST', `tools/${id}/execute`, { arguments: args })

  test('a schema that doubles 31 times is not saved', async () => {
    const { value: refused, heldMs } = await watched(() => make(service().admin, 'doubling', doubling))
    expect(refused).toMatchObject({
      status: 422,
      body: { code: 'invalid-tool', problems: [{ path: 'parameters' }] },
    })
    expect(refused.body.detail).toContain('more than 10000 schemas are applied to one value')
    expect(heldMs).toBeLessThan(MAX_HELD_MS)
  })

  test('30,000 items are counted, and a pattern without end is broken off, while others go on', async () => {
    const { admin, newUser } = service()
    const eve = await newUser('eve')
    const unique = await make(eve, 'unique', { type: 'object', properties: { a: { uniqueItems: true } } })
    const slow = await make(eve, 'slow', { type: 'object', properties: { a: { pattern: '^(a+)+$' } } })
    // The name of a first try stays.
    const plain = await make(admin, `plain_${Date.now()}`)
    expect([unique.status, slow.status, plain.status]).toEqual([201, 201, 201])
    expect((await execute(admin, plain.body.id, {})).status).toBe(200)
    const items = Array.from({ length: 30_000 }, (_, n) => [n])
    const attack = async () => [
      await execute(eve, unique.body.id, { a: items }),
      ...(await Promise.all([1, 2, 3].map(() => execute(eve, slow.body.id, { a: `${'a'.repeat(40)}!` })))),
    ]
    const { value, heldMs } = await watched(async () => {
      const attacked = attack()
      const others = await Promise.all([1, 2, 3].map(() => execute(admin, plain.body.id, {})))
      return { attacked: await attacked, others }
    })
    expect(value.others.map(({ status }) => status)).toEqual([200, 200, 200])
    expect(value.attacked.map(({ status }) => status)).toEqual([200, 422, 422, 422])
    expect(value.attacked[1]?.body.problems).toEqual([
      { path: 'arguments', problem: 'cannot be checked against the schema: it takes more than 1 s' },
    ])
    expect(heldMs).toBeLessThan(MAX_HELD_MS)
  })

  test('a change of the parameters is heeded at once', async () => {
    const { admin, as } = service()
    const { body } = await make(admin, 'changing', { type: 'object', required: ['a'] })
    expect((await execute(admin, body.id, {})).status).toBe(422)
    const change = { parameters: { type: 'object', required: ['b'] } }
    const changed = await as(admin)('PATCH', `tools/${body.id}`, change, { 'if-match': '"1"' })
    expect(changed.status).toBe(200)
    expect((await execute(admin, body.id, { a: 1 })).body.problems?.[0]?.problem).toContain("'b'")
    expect((await execute(admin, body.id, { b: 1 })).status).toBe(200)
  })

  test('documents that ended the service are refused, one after the other', async () => {
    const { admin, as } = service()
    for (const document of ['['.repeat(1000), '['.repeat(1000), 'a: 1\na: 2\n']) {
      const { value: refused, heldMs } = await watched(() =>
        as(admin)('POST', 'tools', { name: 'y', kind: 'openapi', definition: { document } }),
      )
      expect(refused.status).toBe(422)
      expect(refused.body.problems?.[0]?.path).toMatch(/^definition\.document/)
      expect(heldMs).toBeLessThan(MAX_HELD_MS)
    }
  })
})
