import { open } from 'node:fs/promises'
import { z } from 'zod'
import { late } from '../../protocol/late.ts'

const MAX_REPORT_BYTES = 2 ** 20
const text = late(() => z.string().max(2000))

/** What the process that built an image says about it: written beside code that nobody trusts. */
export const reportSchema = late(() =>
  z.strictObject({
    imported: z.array(text()).max(10_000),
    notImported: z.array(z.strictObject({ module: text(), reason: text() })).max(10_000),
    unpackedBytes: z.int().min(0),
  }),
)

const failureSchema = late(() => z.strictObject({ wheel: text().nullable(), reason: text() }))

/** Reads what was imported. @throws Error when there is no such report */
export async function readReport(path: string): Promise<z.output<ReturnType<typeof reportSchema>>> {
  return reportSchema().parse(JSON.parse(await readBounded(path)))
}

/** Reads why the process gave up, or null when it did not say. */
export async function readFailure(path: string): Promise<z.output<ReturnType<typeof failureSchema>> | null> {
  try {
    return failureSchema().parse(JSON.parse(await readBounded(path)))
  } catch {
    return null
  }
}

async function readBounded(path: string): Promise<string> {
  const file = await open(path, 'r')
  try {
    const { size } = await file.stat()
    if (size > MAX_REPORT_BYTES) throw new Error(`the report has ${size} bytes`)
    const buffer = Buffer.alloc(size)
    const { bytesRead } = await file.read(buffer, 0, size, 0)
    return buffer.toString('utf8', 0, bytesRead)
  } finally {
    await file.close()
  }
}
