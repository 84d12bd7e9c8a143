import { type Entry, metadata, zipOf } from './zip.ts'

const MIB = 2 ** 20
const zeros = (bytes: number) => new Uint8Array(bytes)
const good = metadata('Name: evil\n')
const requires = (...lines: string[]) =>
  zipOf([metadata(lines.map((line) => `Requires-Dist: ${line}`).join('\n'))])
const many = (count: number, entry: (index: number) => Entry) =>
  Array.from({ length: count }, (_, index) => entry(index))
const empty = (name: string): Entry => ({ name, method: 0 })

/** Wheels whose tables, METADATA or requirements are hostile, and what is said of each; null: it is taken. */
export const WHEELS: readonly (readonly [string, () => Uint8Array, RegExp | null])[] = [
  ['nothing', () => zeros(0), /zip/],
  ['64 MiB of zeros', () => zeros(64 * MIB), /zip/],
  ['a table behind its end', () => zipOf([good], { start: 2 ** 31 }), /not in it/],
  ['a table of 4 GiB', () => zipOf([good], { bytes: 2 ** 32 - 1 }), /not in it/],
  ['a table before its beginning', () => zipOf([good], { start: 5 }), /no METADATA/],
  ['10^5 entries', () => zipOf(many(100_000, (index) => empty(`${index}`))), /at most 50000|more than 50000/],
  [
    '10^5 entries that say to be one',
    () =>
      zipOf(
        many(100_000, (index) => empty(`${index}`)),
        { count: 1 },
      ),
    /more than 50000/,
  ],
  ['50,000 entries', () => zipOf([good, ...many(49_999, (index) => empty(`evil/${index}.py`))]), null],
  [
    'names of 64 KiB',
    () => zipOf([good, ...many(200, (index) => empty(`${index}${'x/'.repeat(32_000)}`))]),
    null,
  ],
  ['a table of 32 MiB', () => zipOf(many(600, (index) => empty(`${index}${'x'.repeat(60_000)}`))), /at most/],
  [
    'paths that climb out',
    () => zipOf([good, empty('../../etc/passwd'), empty('/etc/passwd'), empty('C:\\x')]),
    null,
  ],
  ['METADATA twice', () => zipOf([good, good]), /METADATA 2 times/],
  [
    'METADATA of two packages',
    () => zipOf([good, { ...good, name: 'other-1.0.dist-info/METADATA' }]),
    /2 times/,
  ],
  ['METADATA 50,000 times', () => zipOf(many(50_000, () => empty('a.dist-info/METADATA'))), /50000 times/],
  [
    'METADATA in a folder below',
    () => zipOf([{ ...good, name: 'a/evil-1.0.dist-info/METADATA' }]),
    /no METADATA/,
  ],
  [
    'METADATA with a path that climbs',
    () => zipOf([{ ...good, name: '../evil-1.0.dist-info/METADATA' }]),
    /no METADATA/,
  ],
  ['METADATA of 256 MiB', () => zipOf([{ ...good, contents: zeros(256 * MIB) }]), /at most 1048576/],
  [
    'a bomb that says to be small',
    () => zipOf([{ ...good, contents: zeros(64 * MIB), bytes: 1000 }]),
    /unpacked to its 1000/,
  ],
  ['METADATA that says to be large', () => zipOf([{ ...good, bytes: 1000 }]), /damaged/],
  ['METADATA that says to be packed to 1 MiB', () => zipOf([{ ...good, packedBytes: MIB }]), /damaged/],
  ['METADATA with another checksum', () => zipOf([{ ...good, crc: 1 }]), /damaged/],
  ['METADATA at the end of the file', () => zipOf([{ ...good, offset: 2 ** 31 }]), /not where/],
  ['METADATA in the middle of another', () => zipOf([{ ...good, offset: 7 }]), /not where/],
  ['overlapping entries', () => zipOf([good, { ...empty('evil.py'), offset: 0, packedBytes: 100 }]), null],
  ['a packing that nobody knows', () => zipOf([{ ...good, method: 99 }]), /way that is not read/],
  ['encrypted METADATA', () => zipOf([{ ...good, flags: 1 }]), /way that is not read/],
  ['METADATA that is no text', () => zipOf([metadata('\0\xff'.repeat(1000))]), null],
  ['METADATA of 1 MiB in one line', () => requires('a'.repeat(MIB - 20)), /longer than 1000/],
  ['METADATA of 10^5 empty lines', () => requires(...many(60_000, () => good).map(() => '')), null],
  [
    '500 requirements beyond any marker',
    () => requires(...many(500, () => good).map((_, index) => `x${index}; python_version < "3"`)),
    null,
  ],
  [
    '501 requirements',
    () => requires(...many(501, () => good).map((_, index) => `x${index}; python_version < "3"`)),
    /more than 500/,
  ],
  ['a requirement of spaces', () => requires(`a${' '.repeat(990)}((`), /no requirement/],
  ['a requirement of brackets', () => requires(`a${'['.repeat(990)}`), /no requirement/],
  ['a requirement of dashes', () => requires(`a${'-'.repeat(990)}`), /no requirement/],
  ['a marker of brackets', () => requires(`a; ${'('.repeat(990)}`), /marker/],
  ['a marker of 1000 characters', () => requires(`a; ${'os_name=="x"or '.repeat(60)}os_name=="x"`), /marker/],
  ['300 extras', () => requires(`a[${'x,'.repeat(300)}y]`), /more than 50 extras/],
  [
    '500 constraints of one package',
    () => requires(...many(500, () => good).map((_, index) => `evil>=0.${index}`)),
    /more than 100/,
  ],
  ['a requirement of itself in a circle', () => requires('evil', 'evil[a]', 'evil[b]>=0'), null],
  ['a version of 900 digits', () => requires(`evil>=${'9'.repeat(900)}`), /./],
  ['terminal sequences in a requirement', () => requires('\u001b]0;x\u0007'), /no requirement/],
]
