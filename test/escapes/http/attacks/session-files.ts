import { type Attack, attacksOf, REFUSED } from '../attack.ts'

const ANSWERS = [200, 204, 404, 405, 409, 429, ...REFUSED]
const OCTETS = { 'content-type': 'application/octet-stream' }

/** A file of a session is put there, read, and deleted, by this name. */
function named(name: string): Omit<Attack, 'id'> {
  return {
    answers: ANSWERS,
    run: async ({ attacker, session }) => {
      const path = `/api/v1/sessions/${await session()}/files/${name}`
      return [
        await attacker.send('PUT', path, { body: 'x', headers: OCTETS }),
        await attacker.send('GET', path),
        await attacker.send('DELETE', path),
      ]
    },
  }
}

/** Code runs in a session; then its files are read from outside. */
function left(code: string, path: string): Omit<Attack, 'id'> {
  return {
    answers: ANSWERS,
    run: async ({ attacker, session }) => {
      const base = `sessions/${await session()}`
      return [
        await attacker.send('POST', `${base}/executions`, { json: { code } }),
        await attacker.send('GET', `${base}/files?path=${encodeURIComponent(path)}`),
        await attacker.send('GET', `${base}/files/${encodeURIComponent(path || 'x')}`),
      ]
    },
  }
}

/** Files of sessions: their names, and what code leaves under them. */
export const sessionFiles = attacksOf('file', {
  'name-of-dots': named('..%2f..%2f..%2f..%2fetc%2fpasswd'),
  'name-of-dots-twice-encoded': named('%252e%252e%252fetc%252fpasswd'),
  'name-of-backslashes': named('..%5c..%5cevil.bat'),
  'name-of-a-drive': named('C:%5cevil'),
  'name-of-a-stream': named('a.txt:stream'),
  'name-of-a-device': named('COM1'),
  'name-of-nothing': named('%00'),
  'name-of-signs': named('%0d%0aSet-Cookie:%20a=b'),
  'name-of-half-characters': named('%ff%fe%ed%a0%80'),
  'name-that-is-absolute': named('%2fetc%2fpasswd'),
  'name-of-proc': named('%2fproc%2fself%2fmem'),
  'name-that-is-long': named('n'.repeat(8000)),
  'name-that-is-deep': named('d%2f'.repeat(2500)),
  'name-of-overlong-dots': named('%c0%ae%c0%ae%c0%afetc'),
  'name-of-wide-letters': named(encodeURIComponent('\u{1f600}'.repeat(200))),
  'name-of-composed-letters': named(encodeURIComponent('e\u0301\u00e9\ufb03\u202e\u200b')),
  'name-of-a-home': named('~%2f.bashrc'),
  'name-of-spaces': named('%20%20.%20'),
  'name-of-dots-alone': named('%2e%2e'),
  'many-files': left('for n in range(3000): open(f"f{n}", "w").write("x")', ''),
  'deep-folders': left('import os\nfor n in range(400):\n  os.mkdir("d"); os.chdir("d")', ''),
  'links-in-circles': left(
    'import os\nos.chdir("/tmp")\nos.symlink("a", "b"); os.symlink("b", "a")',
    '/tmp/a',
  ),
  'link-to-the-root': left('import os\nos.symlink("/", "/tmp/root")', '/tmp/root/proc/self/environ'),
  'odd-times': left('import os\nopen("t", "w").close(); os.utime("t", (1e300, -1e300))', ''),
  'file-with-holes': left('open("h", "wb").truncate(2**40)', 'h'),
  'until-it-is-full': {
    answers: ANSWERS,
    diskMib: 80,
    run: async ({ attacker, session }) => {
      const base = `/api/v1/sessions/${await session()}/files`
      const answers = []
      for (let n = 0; n < 16; n += 1) {
        const body = Buffer.from(Array.from({ length: 3.9e6 }, (_, k) => (k * 2654435761 + n) >>> 13))
        answers.push(await attacker.send('PUT', `${base}/large${n}`, { body, headers: OCTETS }))
      }
      for (let n = 0; n < 16; n += 1) await attacker.send('DELETE', `${base}/large${n}`)
      return answers
    },
  },
})
