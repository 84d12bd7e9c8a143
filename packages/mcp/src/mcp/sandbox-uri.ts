const SCHEME = 'sandbox://'

/** After the handle of a run: the path is the number of something that it showed. No file can have such an address. */
export const DISPLAY_SUFFIX = '-display'

/** What an address of ours names: a run or a session, and a path in it. */
export interface SandboxPlace {
  readonly handle: string
  readonly path: string
}

/** The address of a file, or of something shown, in a run or a session. */
export function uriOf(handle: string, path: string): string {
  return `${SCHEME}${handle}/${path.split('/').map(encodeURIComponent).join('/')}`
}

/** Reads an address that a stranger gave; null when it is none of ours. */
export function placeOf(uri: string): SandboxPlace | null {
  const match = /^sandbox:\/\/([\w-]{1,80})\/([^?#]{1,4000})$/.exec(uri)
  if (match?.[1] === undefined || match[2] === undefined) return null
  try {
    return { handle: match[1], path: match[2].split('/').map(decodeURIComponent).join('/') }
  } catch {
    // A "%" that begins no character.
    return null
  }
}
