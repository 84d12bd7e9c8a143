import { answerRequests } from './child/answer-requests.ts'
import { DocumentError } from './document/document-error.ts'
import { lineFinder } from './document/line-of-path.ts'
import { readDocument } from './document/read-document.ts'
import { type DocumentRequest, MAX_MESSAGE_BYTES } from './document/requests.ts'

const MAX_TEXT_CHARS = 2000

async function answer({ source }: DocumentRequest) {
  try {
    return await readDocument(source)
  } catch (error) {
    if (!(error instanceof DocumentError)) throw error
    const lineOf = typeof source === 'string' ? lineFinder(source) : () => null
    const cut = (text: string) => text.slice(0, MAX_TEXT_CHARS)
    return {
      problems: error.problems.map(({ path, problem }) => ({
        ...{ path: cut(path), problem: cut(problem) },
        line: lineOf(path),
      })),
    }
  }
}

// The host that asks is ours: its requests have the form of their type.
answerRequests((request) => answer(request as DocumentRequest), MAX_MESSAGE_BYTES)
