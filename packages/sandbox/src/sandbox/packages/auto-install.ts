import { parseRequirement } from './requirement.ts'

/** What to install when a program imports what `wanted` brings, or null where the list does not name it. */
export function allowedRequirement(wanted: string, autoInstall: true | readonly string[]): string | null {
  if (autoInstall === true) return wanted
  const asked = parseRequirement(wanted)
  if ('problem' in asked) return null
  for (const text of autoInstall) {
    const listed = parseRequirement(text)
    // A version that the list demands comes before one that the code names.
    if (!('problem' in listed) && listed.name === asked.name) return listed.specifier === '' ? wanted : text
  }
  return null
}
