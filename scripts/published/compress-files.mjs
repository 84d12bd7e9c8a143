import { readdirSync, readFileSync, writeFileSync } from 'node:fs'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { brotliCompress, constants, gzip } from 'node:zlib'

const MIN_BYTES = 512

/**
 * Puts the compressed forms of each file of a folder beside it, `.br` and `.gz`, so that nothing is compressed when it is
 * asked for. Small ones stay as they are.
 * @param {string} folder
 */
export async function compressFiles(folder) {
  const works = readdirSync(folder).map(async (name) => {
    const path = join(folder, name)
    const bytes = readFileSync(path)
    if (bytes.length < MIN_BYTES) return
    // Quality 9 takes a tenth of the time of 11, for some 4 % more bytes.
    const params = { [constants.BROTLI_PARAM_QUALITY]: 9, [constants.BROTLI_PARAM_SIZE_HINT]: bytes.length }
    writeFileSync(`${path}.br`, await promisify(brotliCompress)(bytes, { params }))
    writeFileSync(`${path}.gz`, await promisify(gzip)(bytes, { level: 9 }))
  })
  await Promise.all(works)
}
