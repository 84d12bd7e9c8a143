import { expect, test } from 'vitest'
import { Terminal } from './terminal.ts'
import { visiblePieces } from './visible.ts'

const ESC = '\u001b'

function shown(...chunks: string[]): string {
  const terminal = new Terminal()
  for (const chunk of chunks) terminal.write('stdout', chunk)
  return terminal.text()
}

test.each([
  ['plain', ['a\nb\n'], 'a\nb'],
  ['a carriage return', ['10 %\r', '20 %\r', '100 %\n'], '100 %'],
  ['one that leaves what is longer', ['abcdef\rxy\n'], 'xycdef'],
  ['one before a line feed', ['a\r\nb'], 'a\nb'],
  ['a backspace', ['ab\b\bc'], 'cb'],
  ['erasing to the end', [`abc\r${ESC}[Kx`], 'x'],
  ['erasing the line', [`abc${ESC}[2Kx`], 'x'],
  ['a column', [`abc${ESC}[2Gx`], 'axc'],
  ['an escape in two pieces', [`a${ESC}`, '[31mb', `${ESC}[0`, 'mc'], 'abc'],
  ['moves that no line has', [`a${ESC}[2A${ESC}[Hb${ESC}[2J`], 'ab'],
  ['a title', [`a${ESC}]0;evil\u0007b`], 'ab'],
  ['a link', [`${ESC}]8;;javascript:alert(1)${ESC}\\click${ESC}]8;;${ESC}\\`], 'click'],
  ['an escape without an end', [`a${ESC}]0;never`, ' ends'], 'a'],
])('Terminal shows %s', (_, chunks, expected) => {
  expect(shown(...chunks)).toBe(expected)
})

test('Terminal keeps colours over pieces and lines, and forgets them at the reset', () => {
  const terminal = new Terminal()
  terminal.write('stdout', `${ESC}[1;31mred`)
  terminal.write('stderr', `more\nstill${ESC}[0m plain ${ESC}[38;5;46mgreen`)
  const looks = terminal.slice(0, 2).map((line) => line.map(({ text, look, stream }) => [text, look, stream]))
  expect(looks).toEqual([
    [
      ['red', 'ansi-red ansi-bold', 'stdout'],
      ['more', 'ansi-red ansi-bold', 'stderr'],
    ],
    [
      ['still', 'ansi-red ansi-bold', 'stderr'],
      [' plain ', '', 'stderr'],
      ['green', 'ansi-green', 'stderr'],
    ],
  ])
})

test('Terminal takes 5 minutes of progress, a line of 1 MB and 300,000 lines, and holds a bounded part', () => {
  const terminal = new Terminal()
  const started = performance.now()
  for (let n = 0; n < 30_000; n += 1) terminal.write('stderr', `\r${n} of 30000 ${'#'.repeat(n % 60)}`)
  terminal.write('stdout', `\n${'x'.repeat(1_000_000)}\n`)
  for (let n = 0; n < 300; n += 1) terminal.write('stdout', 'line\n'.repeat(1000))
  expect(terminal.size).toBeLessThanOrEqual(220_001)
  expect(terminal.dropped + terminal.size).toBe(300_002)
  expect(performance.now() - started).toBeLessThan(20_000)
})

test.each([
  ['plain 你好 ñ', ['plain 你好 ñ']],
  ['a\u202eb', ['a', 'U+202E', 'b']],
  ['\u200b\ufeff', ['U+200B', 'U+FEFF']],
  ['x\u{e0041}', ['x', 'U+E0041']],
  ['👩\u200d👩\u200d👧 ❤\ufe0f', ['👩\u200d👩\u200d👧 ❤\ufe0f']],
  ['a\u200db', ['a', 'U+200D', 'b']],
])('visiblePieces(%j) shows what nobody sees', (text, expected) => {
  const pieces = visiblePieces(text).map((piece) => (typeof piece === 'string' ? piece : piece.code))
  expect(pieces).toEqual(expected)
})
