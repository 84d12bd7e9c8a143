import { readFile } from 'node:fs/promises'
import { join } from 'node:path'
import { z } from 'zod'
import { late } from '../../protocol/late.ts'
import { reportSchema } from './build-report.ts'

/** The file of an image that says which packages it holds. */
export const CONTENTS_FILE = 'contents.json'

const contentsSchema = late(() =>
  reportSchema().extend({
    format: z.literal(1),
    packages: z.array(
      z.strictObject({
        name: z.string(),
        version: z.string(),
        fileName: z.string(),
        sha256: z.string(),
        requested: z.boolean(),
      }),
    ),
    warm: z.string().nullable(),
  }),
)

/** What is in an image. */
export type ImageContents = z.output<ReturnType<typeof contentsSchema>>

/** What an image with packages holds; null for one without, or one that is not there. */
export async function readContents(folder: string): Promise<ImageContents | null> {
  const text = await readFile(join(folder, CONTENTS_FILE), 'utf8').catch(() => null)
  if (text === null) return null
  const parsed = contentsSchema().safeParse(JSON.parse(text))
  return parsed.success ? parsed.data : null
}
