import { createHash } from 'node:crypto'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { RedactionCounter } from './byte-redactor.ts'
import { KnownSecrets } from './known-secrets.ts'

const MARK = '[redacted:known-secret]'
/** More characters than this are not seen, those included that base64 shares with its neighbours. */
const VISIBLE = 4

function secretOf(seed: number): string {
  const digest = createHash('sha512').update(`secret ${seed}`).digest()
  const kinds = [
    () => `sk-proj-${digest.toString('base64url').slice(0, 40)}`,
    () => digest.toString('hex').slice(0, 32),
    () => `p@ss "w0rd"/${digest.toString('base64').slice(0, 12)}'&<é${seed}>`,
    () => digest.toString('base64').slice(0, 6 + (seed % 30)),
    () => `postgres://admin:${digest.toString('base64url').slice(0, 16)}@db.example.com:5432/x?y=1&z=${seed}`,
  ]
  return (kinds[seed % kinds.length] ?? kinds[0])?.() ?? ''
}

const SECRETS = Array.from({ length: 200 }, (_, seed) => secretOf(seed))

function base64(before: string, secret: string, url = false): string {
  return Buffer.from(`${before}${secret}`).toString(url ? 'base64url' : 'base64')
}

/** Each is what a program can write; what is before a secret in base64 is seen, and what it shares bits with. */
const ENCODINGS: Readonly<Record<string, (secret: string) => string>> = {
  raw: (secret) => secret,
  reversed: (secret) => [...secret].reverse().join(''),
  hexadecimal: (secret) => Buffer.from(secret).toString('hex').toUpperCase(),
  URL: (secret) => encodeURIComponent(secret),
  'URL twice': (secret) => encodeURIComponent(encodeURIComponent(secret)),
  JSON: (secret) => JSON.stringify(secret).slice(1, -1),
  base64: (secret) => base64('', secret),
  'base64 after one byte': (secret) => base64('x', secret),
  'base64url after two bytes': (secret) => base64('xy', secret, true),
  'base64 in lines': (secret) => base64('', secret).replace(/.{7}/g, '$&\r\n'),
}

/** What was shown of a stream in these pieces. */
function shown(known: KnownSecrets, pieces: readonly (string | Uint8Array)[]): string {
  const redactor = known.redactor(new RedactionCounter())
  const parts = pieces.map((piece) => Buffer.from(redactor.push(Buffer.from(piece))))
  return Buffer.concat([...parts, redactor.end()]).toString()
}

const all = new KnownSecrets(SECRETS)

test.each(Object.entries(ENCODINGS))(
  'KnownSecrets are not seen as %s, wherever the output is cut',
  (_, encode) => {
    const redactor = all.redactor(new RedactionCounter())
    for (const secret of SECRETS) {
      const text = encode(secret)
      const bytes = Buffer.from(text)
      for (let cut = 0; cut <= bytes.length; cut++) {
        const parts = [bytes.subarray(0, cut), bytes.subarray(cut)].map((part) =>
          Buffer.from(redactor.push(part)),
        )
        const left = Buffer.concat([...parts, redactor.end()])
          .toString()
          .replace(MARK, '')
        if (left.replace(/[\s=]/g, '').length > VISIBLE)
          expect.fail(`${JSON.stringify(left)} of ${JSON.stringify(text)} at ${cut}`)
      }
    }
  },
)

const SECRET = 'sk-live-4f9aKx71QwErTy'

test.each([
  ['colours', [...SECRET].join('\x1b[31m')],
  ['joiners', [...SECRET].join('\u200d')],
  ['spaces without width', [...SECRET].join('\u200b')],
  ['combining marks', [...SECRET].map((letter) => `${letter}\u0301`).join('')],
  ['tags', [...SECRET].join('\u{e0041}')],
  ['directions', `\u202e${[...SECRET].join('\u2066')}`],
  ['carriage returns and line ends', [...SECRET].join('\r\n')],
  ['links of terminals', [...SECRET].join('\x1b]8;;http://example.com\x07')],
  ['strings of terminals', [...SECRET].join('\x1bPq\x1b\\')],
  ['quoted line ends', [...SECRET].join('\\n')],
  ['spaces', [...SECRET].join(' ')],
  ['quotes, as Python shows a list', `['${[...SECRET].join("', '")}']`],
  ['capital letters', SECRET.toUpperCase()],
  ['a sequence that would hide its beginning', `\x1b[${SECRET}`],
  ['a string that would hide it', `\x1b]0;${SECRET}\x07`],
  ['a backslash before it', `\\${SECRET}`],
  [
    'hexadecimal with colons',
    Buffer.from(SECRET)
      .toString('hex')
      .replace(/..(?=.)/g, '$&:'),
  ],
  ['bytes of Python', Buffer.from(SECRET).toString('hex').replace(/../g, '\\x$&')],
  ['numbers', String([...Buffer.from(SECRET)].join(', '))],
  ['every byte escaped', Buffer.from(SECRET).toString('hex').replace(/../g, '%$&')],
])('KnownSecrets are found with %s', (_, text) => {
  const known = new KnownSecrets([SECRET, 'nothing-like-it'])
  const bytes = Buffer.from(`before ${text} after`)
  for (let cut = 0; cut <= bytes.length; cut++) {
    const left = shown(known, [bytes.subarray(0, cut), bytes.subarray(cut)])
    expect(left).toContain(MARK)
    expect(left.startsWith('before ') && left.endsWith(' after')).toBe(true)
    const letters = left
      .replace(MARK, '')
      .replace(/[^\w-]/g, '')
      .toLowerCase()
    expect(letters).not.toContain('4f9akx')
  }
})

test('KnownSecrets leave everything else as it is, byte for byte, however it comes', () => {
  fc.assert(
    fc.property(fc.array(fc.uint8Array({ maxLength: 60 }), { maxLength: 8 }), (pieces) => {
      const redactor = all.redactor(new RedactionCounter())
      const parts = pieces.map((piece) => Buffer.from(redactor.push(piece)))
      expect(Buffer.concat([...parts, redactor.end()]).equals(Buffer.concat(pieces))).toBe(true)
    }),
  )
})

test('KnownSecrets are found among any bytes, in any pieces', () => {
  const known = new KnownSecrets([SECRET])
  const noise = fc.string({ unit: 'binary', maxLength: 20 })
  fc.assert(
    fc.property(noise, noise, fc.array(fc.nat(), { maxLength: 6 }), (before, after, cuts) => {
      const bytes = Buffer.from(`${before}${SECRET}${after}`)
      const at = [0, ...cuts.map((cut) => cut % (bytes.length + 1)).sort((one, two) => one - two)]
      const pieces = at.map((from, index) => bytes.subarray(from, at[index + 1] ?? bytes.length))
      const left = shown(known, pieces)
      expect(left).toContain(MARK)
      expect(left).not.toContain(SECRET.slice(0, 8))
      expect(left).not.toContain(SECRET.slice(-8))
    }),
    { numRuns: 300 },
  )
})

test('KnownSecrets count each place once, and one within another with it', () => {
  const counter = new RedactionCounter()
  const redactor = new KnownSecrets(['abcdefgh', 'cdefghijkl', 'zzzzzz']).redactor(counter)
  const parts = ['1 abcdefgh 2 abcd', 'efghijkl 3 zzzzzzzz', 'z 4 zzzzz'].map((piece) =>
    Buffer.from(redactor.push(Buffer.from(piece))),
  )
  expect(Buffer.concat([...parts, redactor.end()]).toString()).toBe(`1 ${MARK} 2 ${MARK} 3 ${MARK} 4 zzzzz`)
  expect(counter.counts).toEqual({ 'known-secret': 3 })
})

test('KnownSecrets hold only what may be the beginning of one, and a few letters only for a moment', () => {
  const redactor = new KnownSecrets([SECRET]).redactor(new RedactionCounter())
  const push = (text: string) => Buffer.from(redactor.push(Buffer.from(text))).toString()
  expect(push('What is it? ')).toBe('What is it? ')
  expect(redactor.isHesitating).toBe(false)
  expect(push('sk')).toBe('')
  expect(redactor.isHesitating).toBe(true)
  expect(Buffer.from(redactor.release()).toString()).toBe('sk')
  expect(push(SECRET.slice(2, 10))).toBe('')
  expect(redactor.isHesitating).toBe(false)
  expect(push(`${SECRET.slice(10)}.`)).toBe(`${MARK}.`)
})

test('KnownSecrets do not show half of one at a place where output was cut', () => {
  for (const form of [SECRET, Buffer.from(SECRET).toString('hex'), [...SECRET].join('\u200b')]) {
    const bytes = Buffer.from(form)
    for (let cut = 0; cut <= bytes.length; cut++) {
      const redactor = new KnownSecrets([SECRET]).redactor(new RedactionCounter())
      const head = Buffer.concat([
        Buffer.from(redactor.push(Buffer.concat([Buffer.from('a '), bytes.subarray(0, cut)]))),
        redactor.cut(),
      ]).toString()
      const tail = Buffer.from(
        redactor.resume(Buffer.concat([bytes.subarray(cut), Buffer.from(' z')])),
      ).toString()
      const seen = [head, tail].map((text) =>
        text.replace(MARK, '').replaceAll('\u200b', '').replaceAll('\ufffd', ''),
      )
      for (const text of seen) expect(text.length).toBeLessThanOrEqual('a '.length + VISIBLE)
    }
  }
})

test('KnownSecrets take no more time for hostile text than for its length', () => {
  const near = 'a'.repeat(60)
  const known = new KnownSecrets([...SECRETS, `${near}b`, `${'ab'.repeat(30)}c`])
  const texts = [
    near.repeat(20_000),
    'ab'.repeat(600_000),
    'sk-proj-'.repeat(150_000),
    '\x1b['.repeat(600_000),
    '\\'.repeat(1_200_000),
    '\u0301\u200d'.repeat(300_000),
  ]
  for (const text of texts) {
    const bytes = Buffer.from(text)
    const redactor = known.redactor(new RedactionCounter())
    const before = process.cpuUsage()
    for (let at = 0; at < bytes.length; at += 65_536) redactor.push(bytes.subarray(at, at + 65_536))
    redactor.end()
    const { user } = process.cpuUsage(before)
    // 5 MB/s, four times over.
    expect(user / 1e6).toBeLessThan((4 * bytes.length) / 5e6)
  }
})

/** Prepares the secrets, and gives the most CPU time of all threads between two turns of the loop, in milliseconds. */
async function longestTurn(known: KnownSecrets): Promise<number> {
  const turns: number[] = []
  let last = process.cpuUsage()
  let going = true
  const look = () => {
    turns.push(process.cpuUsage(last).user / 1000)
    last = process.cpuUsage()
    if (going) setImmediate(look)
  }
  setImmediate(look)
  await known.prepare()
  going = false
  look()
  expect(turns.length).toBeGreaterThan(3)
  return Math.max(...turns)
}

test('KnownSecrets are prepared in slices: many, and long ones, hold nothing up', async () => {
  const long = Array.from({ length: 32_000 }, (_, at) => `é\\"\x1b${at}`[at % 5] ?? 'x').join('')
  // In one piece they take 120 and 540 ms. A turn takes 25; with a whole collection of garbage in it, 90 to 110.
  for (const values of [SECRETS, [long]]) {
    const mostMs = values === SECRETS ? 100 : 150
    const longest: number[] = []
    // Other threads collect garbage and compile: that is no fault once, and a slice that is too long is always too long.
    for (let tries = 0; tries < 3 && !longest.some((ms) => ms < mostMs); tries++) {
      const known = new KnownSecrets(values)
      expect(known.isUnready).toBe(true)
      longest.push(await longestTurn(known))
      expect(known.isUnready).toBe(false)
      expect(shown(known, [`a ${values[0]} b`])).toBe(`a ${MARK} b`)
    }
    expect(Math.min(...longest)).toBeLessThan(mostMs)
  }
})

test('KnownSecrets of more than may be looked for are refused', () => {
  expect(() => new KnownSecrets(Array.from({ length: 40 }, (_, at) => `${at}`.padEnd(1000, 'x')))).toThrow(
    /at most 32768/,
  )
  expect(new KnownSecrets(['short', '']).isEmpty).toBe(true)
})
