import { BaseSequencer, type TestSpecification } from 'vitest/node'

/** What takes longest, longest first. */
const LONGEST = [
  'test/escapes/http/http.test.ts',
  'packages/console/test/console.test.ts',
  'test/escapes/escapes.test.ts',
  'packages/server/test/service/permissions.test.ts',
  'packages/server/test/service/sessions.test.ts',
]

/**
 * Begins with the files that take longest. A fresh clone has no times of an earlier run, and Vitest then goes by the size of
 * files: a file that only calls others is small and comes last, and one worker is idle until the other has ended it.
 */
export class LongestFirst extends BaseSequencer {
  override async sort(files: TestSpecification[]): Promise<TestSpecification[]> {
    const rank = ({ moduleId }: TestSpecification) => {
      const index = LONGEST.findIndex((path) => moduleId.endsWith(`/${path}`))
      return index === -1 ? LONGEST.length : index
    }
    return (await super.sort(files)).sort((a, b) => rank(a) - rank(b))
  }
}
