import { createHash } from 'node:crypto'
import { expect, test } from 'vitest'
import { RedactionCounter } from '../byte-redactor.ts'
import { Shapes } from './shape-redactor.ts'

const finder = await Shapes.load()

/** So many letters of an alphabet, the same each time. */
function letters(alphabet: string, count: number, seed = 'x'): string {
  const bytes = Array.from({ length: Math.ceil(count / 32) }, (_, at) =>
    createHash('sha256').update(`${seed} ${at}`).digest(),
  )
  return [...Buffer.concat(bytes)]
    .slice(0, count)
    .map((byte) => alphabet[byte % alphabet.length])
    .join('')
}

const UPPER = 'ABCDEFGHIJKLMNOPQRSTUVWXYZ'
const SMALL = UPPER.toLowerCase()
const ALNUM = `${UPPER}${SMALL}0123456789`
const WORD = `${ALNUM}_-`
const HEX = '0123456789abcdef'
const base64Url = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url')
const pem = Array.from({ length: 20 }, (_, line) => letters(`${ALNUM}+/`, 64, `line ${line}`)).join('\n')

/** Made up here, so that no scanner of repositories finds one in this file. */
const SHAPES: readonly (readonly [string, string])[] = [
  [
    'jwt',
    `${base64Url({ alg: 'HS256', typ: 'JWT' })}.${base64Url({ sub: '1234567890' })}.${letters(WORD, 43)}`,
  ],
  ['aws-access-key', `AKIA${letters(`${UPPER}234567`, 16)}`],
  ['aws-secret-key', `aws_secret_access_key = ${letters(`${ALNUM}/+`, 40)}`],
  ['google', `AIza${letters(WORD, 35)}`],
  ['openai', `sk-proj-${letters(WORD, 74)}`],
  ['openai', `sk-${letters(ALNUM, 48)}`],
  ['anthropic', `sk-ant-api03-${letters(WORD, 93)}AA`],
  ['huggingface', `hf_${letters(`${UPPER}${SMALL}`, 34)}`],
  ['groq', `gsk_${letters(ALNUM, 52)}`],
  ['xai', `xai-${letters(ALNUM, 80)}`],
  ['github', `ghp_${letters(ALNUM, 36)}`],
  ['github', `github_pat_${letters(`${ALNUM}_`, 82)}`],
  ['gitlab', `glpat-${letters(WORD, 20)}`],
  ['slack', `xoxb-${letters('0123456789', 12)}-${letters('0123456789', 12)}-${letters(ALNUM, 24)}`],
  [
    'slack',
    `https://hooks.slack.com/services/T${letters(ALNUM, 8)}/B${letters(ALNUM, 8)}/${letters(ALNUM, 24)}`,
  ],
  ['stripe', `sk_live_${letters(ALNUM, 24)}`],
  ['npm', `npm_${letters(ALNUM, 36)}`],
  ['pypi', `pypi-AgEIcHlwaS5vcmc${letters(WORD, 80)}`],
  ['sendgrid', `SG.${letters(ALNUM, 22)}.${letters(ALNUM, 43)}`],
  ['digitalocean', `dop_v1_${letters(HEX, 64)}`],
  ['hashicorp-vault', `hvs.${letters(WORD, 92)}`],
  ['databricks', `dapi${letters(HEX, 32)}`],
  ['docker', `dckr_pat_${letters(WORD, 27)}`],
  ['telegram', `${letters('123456789', 9)}:AA${letters(WORD, 33)}`],
  ['azure-key', `AccountName=store;AccountKey=${letters(ALNUM, 86)}==;`],
  ['connection-string', `postgresql://app:${letters(ALNUM, 12)}@db.example.com:5432/app`],
  ['connection-string', `redis://:${letters(ALNUM, 20)}@localhost:6379/0`],
  ['card', '4242 4242 4242 4242'],
  ['card', '3782-822463-10005'],
  ['card', 'card number: 5555555555554444'],
  ['private-key', `-----BEGIN PRIVATE KEY-----\n${pem}\n-----END PRIVATE KEY-----`],
  [
    'private-key',
    `-----BEGIN OPENSSH PRIVATE KEY-----\\n${pem.replaceAll('\n', '\\n')}\\n-----END OPENSSH PRIVATE KEY-----`,
  ],
]

/** What is shown of these pieces; between two of them the writer waits. */
function shown(pieces: readonly Buffer[], waits = false): { text: string; counts: Record<string, number> } {
  const counter = new RedactionCounter()
  const redactor = finder.redactor(counter)
  const parts = pieces.flatMap((piece) => {
    const first = Buffer.from(redactor.push(piece))
    return waits && redactor.isHesitating ? [first, Buffer.from(redactor.release())] : [first]
  })
  return { text: Buffer.concat([...parts, redactor.end()]).toString(), counts: counter.counts }
}

test.each(SHAPES)('ShapeRedactor finds %s wherever output is cut: %s', (rule, secret) => {
  const bytes = Buffer.from(`größe: ${secret} end`)
  const cuts = Array.from({ length: bytes.length + 1 }, (_, cut) => cut).filter(
    (cut) => cut < 300 || cut % 7 === 0,
  )
  for (const cut of cuts) {
    const { text, counts } = shown([bytes.subarray(0, cut), bytes.subarray(cut)])
    expect(text).toContain(`[redacted:${rule}]`)
    expect(text.startsWith('größe: ')).toBe(true)
    expect(text.endsWith(' end')).toBe(true)
    expect(text.length).toBeLessThan(100)
    expect(counts).toEqual({ [rule]: 1 })
  }
})

test.each(SHAPES)('ShapeRedactor finds the rest of %s after what was shown of it: %s', (rule, secret) => {
  const bytes = Buffer.from(`x ${secret} end\n`)
  for (let cut = 3; cut < bytes.length - 8; cut += 5) {
    const { text } = shown([bytes.subarray(0, cut), bytes.subarray(cut)], true)
    if (/card|private-key|azure|connection/.test(rule)) continue
    expect(text).toContain(`[redacted:${rule}]`)
    // What came before the writer waited is all that is seen.
    expect(text.replace(/\[redacted:[\w-]+\]/, '').length).toBeLessThanOrEqual(cut + 30)
  }
})

test('ShapeRedactor leaves a key out whose lines come one by one', () => {
  const key = `-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-128-CBC,${letters(HEX, 32)}\n\n${pem}\n-----END RSA PRIVATE KEY-----\nafter\n`
  const lines = key.split(/(?<=\n)/).map((line) => Buffer.from(line))
  expect(shown(lines).text).toBe('[redacted:private-key]\nafter\n')
  expect(shown(lines, true).text).toBe('[redacted:private-key]\nafter\n')
  expect(shown([...Buffer.from(key)].map((byte) => Buffer.of(byte))).text).toBe(
    '[redacted:private-key]\nafter\n',
  )
})

test('ShapeRedactor finds what a text says is not to be found', () => {
  const secret = `ghp_${letters(ALNUM, 36)}`
  const text = `# secretlint-disable\n<!-- secretlint-disable -->\n${secret} // secretlint-disable-line\n`
  expect(shown([Buffer.from(text)]).counts).toEqual({ github: 1 })
})

test.each([
  'postgres://user:password@localhost/db',
  'https://user:****@example.com/simple',
  `mongodb://\${USER}:\${PASSWORD}@host`,
  'sk-button sk-toggleable__content sk-estimator-doc-link',
  'AKIAIOSFODNN7EXAMPLE',
  'aws_secret_access_key = wJalrXUtnFEMI/K7MDENG/bPxRfiCYEXAMPLEKEY',
  '1234 5678 9012 3456 7890',
  '4242424242424242 rows',
  'The line -----BEGIN PRIVATE KEY----- begins a private key.\nIt goes on.',
  '2026-11-28 4111 1111 1111 1112',
  'SG.value.other',
])('ShapeRedactor leaves %s as it is', (text) => {
  expect(shown([Buffer.from(`${text}\n`)])).toEqual({ text: `${text}\n`, counts: {} })
})

test('ShapeRedactor does not show the beginning of one where output was cut', () => {
  const secret = `ghp_${letters(ALNUM, 36)}`
  const redactor = finder.redactor(new RedactionCounter())
  const shownBefore = Buffer.from(redactor.push(Buffer.from(`token ${secret.slice(0, 20)}`)))
  expect(`${shownBefore}${Buffer.from(redactor.cut())}`).toBe('token [redacted:cut]')
})

test('ShapeRedactor takes no more time for hostile text than for its length', () => {
  const jwt = 'eyJhbGciOi'
  const texts = [
    'eyJ'.repeat(400_000),
    `${jwt}.`.repeat(100_000),
    'sk-'.repeat(400_000),
    'a://b:'.repeat(200_000),
    '://'.repeat(400_000),
    '-----BEGIN PRIVATE KEY-----\n'.repeat(40_000),
    `-----BEGIN PRIVATE KEY-----\n${'A'.repeat(24)} `.repeat(20_000),
    '-----BEGIN '.repeat(100_000),
    '4242 4242 4242 '.repeat(80_000),
    'x'.repeat(1_200_000),
    'ghp_'.repeat(300_000),
    'xoxb-1-'.repeat(170_000),
    `secret_access_key${' '.repeat(100)}`.repeat(10_000),
    'SG.a.'.repeat(200_000),
    'card '.repeat(240_000),
  ]
  for (const text of texts) {
    const bytes = Buffer.from(text)
    const redactor = finder.redactor(new RedactionCounter())
    const before = process.cpuUsage()
    for (let at = 0; at < bytes.length; at += 65_536) redactor.push(bytes.subarray(at, at + 65_536))
    redactor.end()
    const { user } = process.cpuUsage(before)
    // 5 MB/s, four times over.
    expect(user / 1e6, text.slice(0, 20)).toBeLessThan((4 * bytes.length) / 5e6)
  }
})
