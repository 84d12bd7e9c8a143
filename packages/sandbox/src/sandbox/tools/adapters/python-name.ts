import { problemOfToolName } from '../tool-name.ts'

/** A name that Python can call for a tool that is called otherwise elsewhere: `web-search` is `web_search`. */
export function pythonName(name: string): string {
  const letters = name.replaceAll(/[^A-Za-z0-9_]/g, '_').replace(/^[^A-Za-z]+/, '')
  const short = (letters === '' ? 'tool' : letters).slice(0, 59)
  return problemOfToolName(short) === null ? short : `${short}_tool`
}
