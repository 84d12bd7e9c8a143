import { mkdirSync, readFileSync, writeFileSync } from 'node:fs'
import { dirname, join, relative, sep } from 'node:path'

const BASE = 'agentchat-sandbox-base/'

/**
 * Copies the declarations that `entries` lead to, and no others. What they need of the private package comes along below
 * `base`, since nobody who installs the package has that one.
 * @param {{ entries: string[], build: string, base: string, dist: string }} where entries without their ending; folders
 */
export function copyDeclarations({ entries, build, base, dist }) {
  const places = new Map(entries.map((entry) => [join(build, `${entry}.d.ts`), join(dist, `${entry}.d.ts`)]))
  // A map goes on with what is put into it meanwhile.
  for (const [from, to] of places) {
    const text = readFileSync(from, 'utf8').replace(
      /(\bfrom |\bimport\()(['"])([^'"]+)\2/g,
      (whole, before, quote, specifier) => {
        const target = sourceOf(specifier, { from, base })
        if (target === null) return whole
        const copied = target.startsWith(base + sep)
          ? join(dist, 'base', relative(base, target))
          : join(dist, relative(build, target))
        places.set(target, copied)
        const path = relative(dirname(to), copied)
          .replaceAll(sep, '/')
          .replace(/\.d\.ts$/, '.js')
        return `${before}${quote}${path.startsWith('.') ? path : `./${path}`}${quote}`
      },
    )
    mkdirSync(dirname(to), { recursive: true })
    writeFileSync(to, text)
  }
}

/** The file that a specifier means, where it is one of ours; null for what is installed or of Node. */
function sourceOf(specifier, { from, base }) {
  if (specifier.startsWith(BASE)) return join(base, `${specifier.slice(BASE.length)}.d.ts`)
  if (specifier.startsWith('.')) return join(dirname(from), specifier.replace(/\.[tj]s$/, '.d.ts'))
  return null
}
