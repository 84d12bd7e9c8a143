import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'

const MARK = /^# task: (.*)$/m

/**
 * The solutions in a folder, by the names of their tasks. In a file each one stands below `# task: <name>`; what stands below
 * `# task: *` belongs to each of the file.
 * @returns {Map<string, string>}
 */
export function solutionsIn(folder) {
  const solutions = new Map()
  for (const file of readdirSync(folder).sort()) {
    const [, ...parts] = readFileSync(join(folder, file), 'utf8').split(MARK)
    let common = ''
    for (let at = 0; at < parts.length; at += 2) {
      const code = parts[at + 1].trim()
      if (parts[at] === '*') common = `${code}\n\n`
      else solutions.set(parts[at], common + code)
    }
  }
  return solutions
}
