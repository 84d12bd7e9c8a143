/** One thing that is wrong with a document, and where in it. */
export interface DocumentProblem {
  /** `paths./users.get`; empty for the whole. */
  readonly path: string
  readonly problem: string
  /** Of the text, from 1; null or left out where it is not known. */
  readonly line?: number | null
}

/** A document that cannot be used, with everything that is wrong with it. */
export class DocumentError extends Error {
  override readonly name = 'DocumentError'
  readonly problems: readonly DocumentProblem[]
  constructor(problems: readonly DocumentProblem[]) {
    super('Cannot use the document')
    this.problems = problems
  }
}

/** A document with one thing wrong. */
export function wrong(path: string, problem: string): DocumentError {
  return new DocumentError([{ path, problem }])
}
