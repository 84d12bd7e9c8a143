import { Ended } from './ended.ts'
import type { Turn } from './read-turn.ts'
import { withoutThoughts } from './thoughts.ts'

const EMPTY = 'Your message was empty. Write a block of code, or the answer.'
const CUT =
  'Your message was cut at the limit of its length, before it had code or a whole answer. Be brief: write a block of code, or the answer.'

/**
 * What becomes of a turn that has no code: it is the answer, or the model is told once what is wrong with it. `before`
 * counts such turns so far.
 * @throws Ended as `repeating` at the second
 */
export function withoutCode(
  { text, isCut }: Turn,
  before: number,
): { readonly answer: string } | { readonly answer: null; readonly told: string } {
  const said = withoutThoughts(text).trim()
  if (said !== '' && !isCut) return { answer: said }
  if (before > 0) {
    const problem = isCut
      ? 'the model reached the limit of its length, twice'
      : 'the model wrote nothing, twice'
    throw new Ended('repeating', problem)
  }
  return { answer: null, told: isCut ? CUT : EMPTY }
}
