import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { InvalidOptionsError } from '../errors/errors.ts'
import { type HostEntry, hostText, parseHost, parseHosts } from './hosts.ts'

describe('parseHost()', () => {
  test.each([
    ['example.com', 'name', 'example.com'],
    ['EXAMPLE.Com', 'name', 'example.com'],
    ['example.com.', 'name', 'example.com'],
    ['example.com.:443', 'name', 'example.com:443'],
    ['localhost:65535', 'name', 'localhost:65535'],
    ['my_service', 'name', 'my_service'],
    ['münchen.de', 'name', 'xn--mnchen-3ya.de'],
    ['MÜNCHEN.de', 'name', 'xn--mnchen-3ya.de'],
    ['xn--mnchen-3ya.de', 'name', 'xn--mnchen-3ya.de'],
    ['例え。テスト', 'name', 'xn--r8jz45g.xn--zckzah'],
    ['1.example', 'name', '1.example'],
    ['0x7f.example', 'name', '0x7f.example'],
    ['127.0.0.1', 'address', '127.0.0.1'],
    ['127.0.0.1:8080', 'address', '127.0.0.1:8080'],
    ['[::1]', 'address', '[::1]'],
    ['[::1]:80', 'address', '[::1]:80'],
    ['[2001:DB8:0::0:1]', 'address', '[2001:db8::1]'],
    ['[::ffff:127.0.0.1]', 'address', '127.0.0.1'],
    ['[::FFFF:7f00:1]:1', 'address', '127.0.0.1:1'],
    ['10.0.0.0/8', 'range', '10.0.0.0/8'],
    ['10.0.0.0/8:22', 'range', '10.0.0.0/8:22'],
    ['10.0.0.1/32', 'address', '10.0.0.1'],
    ['0.0.0.0/0', 'range', '0.0.0.0/0'],
    ['fc00::/7', 'range', 'fc00::/7'],
    ['[fc00::]/7', 'range', 'fc00::/7'],
    ['[fc00::]/7:443', 'range', '[fc00::]/7:443'],
    ['fc00::/7:443', 'range', '[fc00::]/7:443'],
    ['::/0', 'range', '::/0'],
    ['::1/128', 'address', '[::1]'],
    ['[::ffff:10.0.0.0]/104', 'range', '10.0.0.0/8'],
    ['[::ffff:10.0.0.1]/128', 'address', '10.0.0.1'],
    ['::ffff:0:0/96', 'range', '0.0.0.0/0'],
  ])('reads %s as the %s %s', (text, kind, canonical) => {
    const entry = parseHost(text)
    expect(entry.kind).toBe(kind)
    expect(hostText(entry)).toBe(canonical)
  })

  test.each([
    ['', 'is empty'],
    [' ', 'a space'],
    ['exa mple.com', 'a space'],
    ['example.com\n', 'a space'],
    ['example.com\0.evil.example', 'a control'],
    ['\u001b[0mexample.com', 'a control'],
    ['exam\u00adple.com', 'invisible'],
    ['exam\u200bple.com', 'invisible'],
    ['exam\ud800ple.com', 'a control'],
    ['a.example,b.example', 'a comma'],
    ['*', 'a wildcard'],
    ['*.example.com', 'a wildcard'],
    ['example.com:*', 'a wildcard'],
    ['https://api.example.com/v1', 'write only its host: "api.example.com"'],
    ['https://api.example.com:8443/v1', '"api.example.com:8443"'],
    ['file:///etc/passwd', 'is a URL'],
    ['user@example.com', 'write only the host: "example.com"'],
    ['user:pw@example.com:80', 'user information'],
    ['api.example.com/v1', 'names a path; grant the whole host: write "api.example.com"'],
    ['example.com/24', 'names a path'],
    ['example.com?q', 'a character that no host name has'],
    ['example.com#x', 'a character that no host name has'],
    ['ex%61mple.com', 'a character that no host name has'],
    ['a\\b', 'a character that no host name has'],
    ['[fe80::1%eth0]', 'a character that no host name has'],
    ['/var/run/docker.sock', 'is not a host name'],
    ['::1', 'write "[::1]"'],
    ['fe80::1:80', 'without brackets'],
    ['[::1', 'is not a host name'],
    ['::1]', 'is not a host name'],
    ['[::1]x', 'is not a host name'],
    ['[]', 'IPv6 address between its brackets'],
    ['[example.com]', 'IPv6 address between its brackets'],
    ['[127.0.0.1]', 'is an IPv4 address in brackets; write "127.0.0.1"'],
    ['127.1', 'read 127.0.0.1 in it'],
    ['127.0.1', 'read 127.0.0.1 in it'],
    ['2130706433', 'read 127.0.0.1 in it'],
    ['0177.0.0.1', 'read 127.0.0.1 in it'],
    ['0x7f.0.0.1', 'read 127.0.0.1 in it'],
    ['0x7f000001', 'read 127.0.0.1 in it'],
    ['127.0.0.01', 'read 127.0.0.1 in it'],
    ['127.0.0.1.', 'write "127.0.0.1" if you mean that'],
    ['１２７.0.0.1', 'read 127.0.0.1 in it'],
    ['127。0。0。1', 'read 127.0.0.1 in it'],
    ['①②⑦.0.0.1', 'read 127.0.0.1 in it'],
    ['0', 'read 0.0.0.0 in it'],
    ['256.1.1.1', 'four decimal numbers'],
    ['1.2.3.4.5', 'four decimal numbers'],
    ['example.1', 'four decimal numbers'],
    ['10.0.0.0/33', 'from 0 to 32'],
    ['10.0.0.0/08', 'from 0 to 32'],
    ['10.0.0.0/', 'from 0 to 32'],
    ['10.0.0.0/8/8', 'is not a host name'],
    ['10.0.0.0/255.0.0.0', 'from 0 to 32'],
    ['[fc00::]/129', 'from 0 to 128'],
    ['10.1.2.3/8', 'write "10.0.0.0/8" for the range or "10.1.2.3" for the address'],
    ['fc00::1/7', 'write "fc00::/7" for the range or "[fc00::1]" for the address'],
    ['127.1/8', 'names a path'],
    ['example.com:', 'from 1 to 65535'],
    ['example.com:0', 'from 1 to 65535'],
    ['example.com:65536', 'from 1 to 65535'],
    ['example.com:080', 'from 1 to 65535'],
    ['example.com:+80', 'from 1 to 65535'],
    ['example.com:8e1', 'from 1 to 65535'],
    ['example.com:https', 'from 1 to 65535'],
    ['example.com:80:81', 'is not a host name'],
    [':80', 'is not a host name'],
    ['.', 'a part between two dots is empty'],
    ['a..b', 'a part between two dots is empty'],
    ['.example.com', 'a part between two dots is empty'],
    ['example.com..', 'a part between two dots is empty'],
    ['-a.example', 'may hold only letters'],
    ['a-.example', 'may hold only letters'],
    ['a!b.example', 'may hold only letters'],
    ["a'b.example", 'may hold only letters'],
    ['xn--a.example', 'is not a valid host name'],
    ['a<b', 'is not a valid host name'],
    [`${'a'.repeat(64)}.example`, 'longer than 63'],
    [`${'a.'.repeat(127)}example`, 'longer than 253'],
  ])('refuses %j: %s', (text, reason) => {
    try {
      parseHosts('allowNet', ['ok.example', text])
      expect.unreachable()
    } catch (error) {
      if (!(error instanceof InvalidOptionsError)) throw error
      expect(error.problems).toHaveLength(1)
      expect(error.problems[0]?.path).toBe('allowNet[1]')
      expect(error.problems[0]?.problem).toContain(reason)
      expect(error.message).not.toMatch(/\p{Cc}/u)
    }
  })
})

test('parseHosts() gives entries that say the same once, in order', () => {
  const entries = parseHosts('allowNet', [
    'B.example',
    'a.example',
    'b.example.',
    '[::ffff:1.2.3.4]',
    '1.2.3.4',
  ])
  expect(entries.map(hostText)).toEqual(['b.example', 'a.example', '1.2.3.4'])
})

const label = fc.stringMatching(/^[a-zA-Z_][a-zA-Z\d_]{0,8}$/)
const host = fc.oneof(
  fc.array(label, { minLength: 1, maxLength: 4 }).map((labels) => labels.join('.')),
  fc.ipV4(),
  fc.ipV6().map((text) => `[${text}]`),
  fc.tuple(fc.ipV4(), fc.constantFrom(0, 1, 8, 32)).map(([text, prefix]) => `${text}/${prefix}`),
  fc.tuple(fc.ipV6(), fc.constantFrom(0, 7, 96, 104, 128)).map(([text, prefix]) => `${text}/${prefix}`),
  fc.string({ unit: 'binary', maxLength: 12 }),
  fc
    .array(
      fc.constantFrom('.', ':', '/', '[', ']', '::', '1', '0x7f', '255', 'a', 'é', '-', ',', '*', '\0', '%'),
      {
        maxLength: 10,
      },
    )
    .map((parts) => parts.join('')),
)
const entryText = fc.oneof(
  host,
  fc.tuple(host, fc.integer({ min: -1, max: 70_000 })).map(([text, port]) => `${text}:${port}`),
)

function parsedOrNull(text: string): HostEntry | null {
  try {
    return parseHosts('allowNet', [text])[0] ?? null
  } catch (error) {
    if (error instanceof InvalidOptionsError) return null
    throw error
  }
}

test('whatever parseHosts() accepts: its text is read back as the same, and is plain', () => {
  let accepted = 0
  fc.assert(
    fc.property(entryText, (text) => {
      const entry = parsedOrNull(text)
      if (entry === null) return
      accepted += 1
      const canonical = hostText(entry)
      expect(parseHost(canonical)).toEqual(entry)
      expect(canonical).toMatch(/^[a-z\d_.:/[\]-]+$/)
    }),
    { numRuns: 10_000 },
  )
  expect(accepted).toBeGreaterThan(1000)
})

test('a name that parseHosts() accepts is the host that the URL parser reads', () => {
  fc.assert(
    fc.property(entryText, (text) => {
      const entry = parsedOrNull(text)
      if (entry === null || text.includes('/')) return
      const port = entry.port === null ? '' : `:${entry.port}`
      const url = new URL(`http://${text}/`)
      const normal = parseHost(`${url.hostname.replace(/\.$/, '')}${port}`)
      expect(hostText(normal)).toBe(hostText(entry))
    }),
    { numRuns: 10_000 },
  )
})
