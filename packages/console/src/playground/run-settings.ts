import type { NewExecution } from '../api/executions.ts'

/** A file that goes into a run. */
export interface InputFile {
  readonly path: string
  readonly size: number
  readonly base64: string
}

/** What was chosen for runs, as it stands in the form. */
export interface RunSettings {
  readonly allowNet: readonly string[]
  /** Empty for what the service gives. */
  readonly timeoutSeconds: string
  readonly memoryLimitMb: string
  readonly files: readonly InputFile[]
}

export const NO_SETTINGS: RunSettings = { allowNet: [], timeoutSeconds: '', memoryLimitMb: '', files: [] }

/** The request for a run; in a session the permissions and files are its own. */
export function requestOf(code: string, settings: RunSettings, isInSession: boolean): NewExecution {
  const { allowNet, timeoutSeconds, memoryLimitMb, files } = settings
  return {
    code,
    interactive: true,
    ...(timeoutSeconds === '' ? {} : { timeoutSeconds: Number(timeoutSeconds) }),
    ...(memoryLimitMb === '' ? {} : { memoryLimitMb: Number(memoryLimitMb) }),
    ...(isInSession || allowNet.length === 0 ? {} : { permissions: { allowNet: [...allowNet] } }),
    ...(isInSession || files.length === 0
      ? {}
      : { files: files.map(({ path, base64 }) => ({ path, base64 })) }),
  }
}

/** Reads files that were dropped or chosen; one of the same name takes the place of an earlier one. */
export async function withFiles(settings: RunSettings, added: readonly File[]): Promise<RunSettings> {
  const read = await Promise.all(
    added.map(async (file) => ({
      path: file.name,
      size: file.size,
      base64: base64Of(await file.arrayBuffer()),
    })),
  )
  const names = new Set(read.map(({ path }) => path))
  return { ...settings, files: [...settings.files.filter(({ path }) => !names.has(path)), ...read] }
}

const PIECE = 0x8000

function base64Of(buffer: ArrayBuffer): string {
  const all = new Uint8Array(buffer)
  let binary = ''
  for (let at = 0; at < all.length; at += PIECE)
    binary += String.fromCharCode(...all.subarray(at, at + PIECE))
  return btoa(binary)
}
