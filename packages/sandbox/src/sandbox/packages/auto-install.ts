import { z } from 'zod'
import { parseRequirement } from './requirement.ts'

/** Which packages the imports of a program may bring: all, none, or those that requirements name, in their versions. */
export const autoInstallSchema = z.union([
  z.boolean(),
  z
    .array(
      z.string().superRefine((text, context) => {
        const found = parseRequirement(text)
        if ('problem' in found) context.addIssue(found.problem)
      }),
    )
    .max(500),
])

export type AutoInstall = z.output<typeof autoInstallSchema>

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
