// Makes the table of time zones that Python is given out of the IANA database:
//   node scripts/time-zones.mjs /usr/share/zoneinfo/tzdata.zi
// Needs `zic`, which Debian has in libc-bin; the file is in its package tzdata.
import { execFileSync } from 'node:child_process'
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { deflateSync } from 'node:zlib'

const TARGET = new URL(
  '../packages/sandbox/src/runner/python/agentchat/library/time_zone_data.py',
  import.meta.url,
)
const LINE = 120

const source = process.argv[2] ?? '/usr/share/zoneinfo/tzdata.zi'
const version = /^# version (\S+)/.exec(readFileSync(source, 'utf8'))?.[1]
if (version === undefined) throw new Error(`Cannot read "${source}": it names no version`)
const folder = mkdtempSync(join(tmpdir(), 'time-zones-'))
execFileSync('zic', ['-b', 'slim', '-d', folder, source])
const packed = deflateSync(pack(folder), { level: 9 }).toString('base64')
rmSync(folder, { recursive: true })
const lines = packed.match(new RegExp(`.{1,${LINE}}`, 'g')) ?? []
writeFileSync(
  TARGET,
  `"""The IANA database of time zones, made by \`scripts/time-zones.mjs\`: zlib, base64. See \`time_zones\`."""\n\n` +
    `VERSION = "${version}"\nPACKED = """\n${lines.join('\n')}\n"""\n`,
)
console.log(`${fileURLToPath(TARGET)}: version ${version}`)

/** A line of JSON with the place of each zone, then their bytes; zones that are the same are there once. */
function pack(root) {
  const places = {}
  const seen = new Map()
  const pieces = []
  let at = 0
  for (const entry of readdirSync(root, { recursive: true, withFileTypes: true })) {
    if (!entry.isFile()) continue
    const path = join(entry.parentPath, entry.name)
    const bytes = readFileSync(path)
    const key = bytes.toString('latin1')
    if (!seen.has(key)) {
      seen.set(key, at)
      pieces.push(bytes)
      at += bytes.length
    }
    places[path.slice(root.length + 1)] = [seen.get(key), bytes.length]
  }
  const sorted = Object.fromEntries(Object.entries(places).sort(([one], [other]) => (one < other ? -1 : 1)))
  return Buffer.concat([Buffer.from(`${JSON.stringify(sorted)}\n`), ...pieces])
}
