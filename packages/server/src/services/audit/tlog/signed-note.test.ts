import { expect, test } from 'vitest'
import { notesIn, openCheckpoint, signCheckpoint } from './checkpoint.ts'
import { EMPTY_ROOT, leafHash } from './hashes.ts'
import { KeyRing } from './key-ring.ts'
import { newSignerText, openNote, parseSigner, parseVerifier } from './signed-note.ts'
import { tilePath } from './tile-path.ts'
import { openProof, writeProof } from './tlog-proof.ts'

const signer = parseSigner(newSignerText('log.example/a')) ?? expect.unreachable()
const other = parseSigner(newSignerText('log.example/a')) ?? expect.unreachable()

test('openNote() verifies the example of the specification, and no change of it', () => {
  const key = parseVerifier('example.com/foo+530d903a+AekyeRrm56hApGFkyQR4ZCbV54Id2LKaANYcrnKv3U2k')
  const text = 'This is an example message.\n'
  const note =
    `${text}\n\u2014 example.com/foo Uw2QOkn8srV1yJGh2VYRlL1Tnagv1YEq6TfXppzi2ONncAlTgK7Ztg1ERYNZXsYjOBH3mFXm` +
    'RKuwHjG1Yu72IneyaQM=\n'
  const keys = [key ?? expect.unreachable()]
  expect(openNote(note, keys)).toBe(text)
  expect(openNote(note.replace('an example', 'no example'), keys)).toBeNull()
  expect(openNote(note.replace('Uw2QOkn8', 'Uw2QOkn9'), keys)).toBeNull()
  expect(openNote(note, [signer.verifier])).toBeNull()
  expect(openNote(text, keys)).toBeNull()
})

test('a key is read as it was written; one whose number is another is none', () => {
  const { verifier } = signer
  expect(parseVerifier(verifier.text)?.id).toEqual(verifier.id)
  expect(parseVerifier(verifier.text.replace('log.example', 'log2.example'))).toBeNull()
  for (const text of ['', 'a+b+c', `${verifier.text}=`, newSignerText('x').slice(0, -4)])
    expect(parseSigner(text) ?? parseVerifier(text)).toBeNull()
})

test('openCheckpoint() reads what signCheckpoint() wrote, of this key alone, also among many in a file', () => {
  const head = { origin: 'log.example/a', size: 7, root: EMPTY_ROOT }
  const note = signCheckpoint(head, [signer])
  expect(openCheckpoint(note, [signer.verifier])).toEqual(head)
  expect(openCheckpoint(note, [other.verifier])).toBeNull()
  // Two with one name: each knows its own signature.
  const both = signCheckpoint(head, [other, signer])
  expect(openCheckpoint(both, [signer.verifier])).toEqual(head)
  expect(openCheckpoint(both.replace('\n7\n', '\n8\n'), [signer.verifier])).toBeNull()
  expect(notesIn(`${note}\n${both}\n${note.slice(0, 30)}`)).toEqual([note, both])
})

test('openProof() gives the entry of a proof, and nothing when a byte of it is another', () => {
  const leaf = Buffer.from('{"a":1}')
  const keys = new KeyRing([signer.verifier])
  const sibling = leafHash(Buffer.from('x'))
  const alone = { origin: 'log.example/a', size: 1, root: leafHash(leaf) }
  const text = writeProof({ leaf, index: 0, hashes: [], checkpoint: signCheckpoint(alone, [signer]) })
  expect(openProof(text, keys)).toEqual({ leaf, index: 0 })
  for (const changed of [
    text.replace('extra e', 'extra f'),
    text.replace('index 0\n', 'index 1\n'),
    text.replace('index 0\n', `index 0\n${sibling.toString('base64')}\n`),
    text.replace('\n1\n', '\n2\n'),
    text.slice(0, -20),
  ])
    expect(openProof(changed, keys), changed).toBeNull()
})

test('tilePath() is that of the specification', () => {
  expect(tilePath(0, 1_234_067, 256)).toBe('tile/0/x001/x234/067')
  expect(tilePath('entries', 0, 17)).toBe('tile/entries/000.p/17')
  expect(tilePath(1, 5, 256)).toBe('tile/1/005')
})
