import { attacksOf, entries, listed, mayPass, nested, REFUSED, request } from '../attack.ts'

const LARGE = 3.9e6

const programs = (list: () => string) =>
  request('POST', 'batches', () => ({ body: `{"programs":[${list()}]}` }))

/** Many programs in one request: so many that each step of the work on them counts. */
export const manyPrograms = attacksOf('batch', {
  'ten-thousand-that-are-cancelled': {
    answers: [200, 202],
    run: async ({ attacker }) => {
      const body = JSON.stringify({ programs: Array(10_000).fill(`print(1) # ${'x'.repeat(370)}`) })
      const begun = await attacker.send('POST', 'batches', { body, headers: { prefer: 'respond-async' } })
      const { id } = JSON.parse(begun.text)
      return [
        begun,
        await attacker.send('DELETE', `batches/${id}`),
        await attacker.send('DELETE', `batches/${id}`),
      ]
    },
  },
  'ten-thousand-that-are-wrong': programs(() => listed(10_000, () => '{"code":1}')),
  'ten-thousand-with-limits': programs(() => listed(10_000, () => '{"code":"1","timeoutSeconds":3600}')),
  'ten-thousand-and-one': programs(() => listed(10_001, () => '"1"')),
  'empty-objects': programs(() => listed(LARGE / 3, () => '{}')),
  'unknown-names': programs(() => `{"code":"1",${listed(LARGE / 12, (n) => `"k${n}":0`)}}`),
  'many-arguments': mayPass(
    programs(() => `{"code":"1","args":[${listed(1000, () => `"${'x'.repeat(3500)}"`)}]}`),
  ),
  'deep-program': programs(() => nested(100_000)),
  'deep-arguments': programs(() => `{"code":"1","args":${nested(40)}}`),
  'long-code': programs(() => JSON.stringify('x = 1\n'.repeat(LARGE / 8))),
  'code-of-nul': programs(() => '"\\u0000"'),
  'half-characters': programs(() => '"\\ud800"'),
  proto: programs(() => '{"code":"1","__proto__":{"stdin":"x"}}'),
  'no-list': request('POST', 'batches', () => ({
    body: JSON.stringify({ programs: entries(1000, (n) => [`${n}`, '1']) }),
  })),
  'results-of-a-megabyte': {
    answers: [200, ...REFUSED],
    run: async ({ attacker }) => {
      const body = JSON.stringify({ programs: Array(20).fill('print("x" * 900_000)') })
      const ended = await attacker.send('POST', 'batches', { body })
      const path = `batches/${JSON.parse(ended.text).id}`
      return [
        ended,
        await attacker.send('GET', `${path}/results?limit=100`),
        await attacker.send('DELETE', path),
      ]
    },
  },
  cursors: {
    answers: REFUSED,
    run: async ({ attacker }) => {
      const { text } = await attacker.send('POST', 'batches', { body: '{"programs":["1"]}' })
      const path = `batches/${JSON.parse(text).id}/results`
      const cursors = ['-1', '1e9', '99999999999', '%00', 'x'.repeat(2000), '0x1']
      return await Promise.all(cursors.map((cursor) => attacker.send('GET', `${path}?cursor=${cursor}`)))
    },
  },
})
