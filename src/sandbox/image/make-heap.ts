import { createHash } from 'node:crypto'
import { lstat, mkdir, readFile, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { denoArgs } from '../deno-args.ts'
import { ImageBuildError, PackageError } from '../errors.ts'
import { runToEnd } from '../worker/run-to-end.ts'
import type { BuildPlan } from './build.ts'
import { readFailure, readReport } from './build-report.ts'
import { CONTENTS_FILE, type ImageContents } from './contents.ts'
import { type PackageSet, runnerProgram, runnerPythonFolder } from './recipe.ts'

const BUILD_DEADLINE_MS = 180_000
/** Importing is somebody else's code. */
const PACKAGES_DEADLINE_MS = 600_000
const MAX_UNPACKED_BYTES = 2 ** 30

/**
 * Starts Python in a process that may read the draft and write to one folder in it, lets it install what the recipe says,
 * and takes what it made. Gives the names of the files.
 */
export async function makeHeap(plan: BuildPlan, draft: string): Promise<string[]> {
  const output = join(draft, 'made')
  const wheels = join(draft, 'wheels')
  await mkdir(output)
  await mkdir(wheels)
  const { packages } = plan.recipe
  if (packages !== null) await copyWheels(packages, wheels)
  await runBuilder(plan, { draft, output, wheels })
  const made = ['heap.bin', ...(packages === null ? [] : ['packages.json', 'packages.bin'])]
  for (const name of made) await takeFile(plan, { from: join(output, name), to: join(draft, name) })
  if (packages !== null) {
    const report = await readReport(join(output, 'report.json'))
    await writeContents(draft, packages, report)
    made.push(CONTENTS_FILE)
  }
  for (const folder of [output, wheels]) await rm(folder, { recursive: true, force: true })
  return made
}

/** Hands the wheels over as they are now: what is hashed is what is copied. */
async function copyWheels({ wheels }: PackageSet, folder: string): Promise<void> {
  for (const { path, fileName, sha256 } of wheels) {
    const bytes = await readFile(path)
    if (createHash('sha256').update(bytes).digest('hex') !== sha256) {
      const detail = `"${path}" is not the file any more that it was when it was chosen`
      throw new PackageError([{ requirement: fileName, kind: 'hash-differs', detail }])
    }
    await writeFile(join(folder, fileName), bytes)
  }
}

interface BuildFolders {
  readonly draft: string
  readonly output: string
  readonly wheels: string
}

async function runBuilder({ recipe, deno }: BuildPlan, { draft, output, wheels }: BuildFolders) {
  const python = runnerPythonFolder()
  const { modules, packages } = recipe
  const args = denoArgs({
    readable: [draft, python],
    writable: [output],
    script: runnerProgram('build-image'),
    argument: JSON.stringify({
      image: `${draft}/`,
      output: `${output}/`,
      python,
      modules,
      packages: packages === null ? null : wheelsToInstall(packages, wheels),
    }),
  })
  const denoDir = join(draft, 'deno')
  const deadline = packages === null ? BUILD_DEADLINE_MS : PACKAGES_DEADLINE_MS
  const { exitCode, stderr } = await runToEnd(deno.path, args, { DENO_DIR: denoDir }, deadline)
  await rm(denoDir, { recursive: true, force: true })
  if (exitCode === 0) return
  const failure = packages === null ? null : await readFailure(join(output, 'failure.json'))
  if (failure === null)
    throw new ImageBuildError(recipe.name, stderr === '' ? `Deno ended with code ${exitCode}` : stderr)
  if (failure.wheel === null) throw new ImageBuildError(recipe.name, failure.reason)
  const kind = failure.reason.startsWith('it cannot be imported') ? 'not-importable' : 'bad-wheel'
  throw new PackageError([{ requirement: failure.wheel, kind, detail: failure.reason }])
}

function wheelsToInstall({ wheels, warm }: PackageSet, folder: string) {
  return {
    wheels: wheels.map(({ fileName, requested }) => ({
      path: join(folder, fileName),
      fileName,
      // What others need is imported by them, as far as they need it.
      imports: requested ? null : [],
    })),
    warm,
    maxBytes: MAX_UNPACKED_BYTES,
  }
}

/** What the process made, unless it is something else than a file. */
async function takeFile({ recipe }: BuildPlan, { from, to }: { from: string; to: string }): Promise<void> {
  const made = await lstat(from).catch(() => null)
  if (made === null || !made.isFile()) throw new ImageBuildError(recipe.name, `"${from}" was not written`)
  await rename(from, to)
}

async function writeContents(
  draft: string,
  { wheels, warm }: PackageSet,
  report: Awaited<ReturnType<typeof readReport>>,
): Promise<void> {
  const contents: ImageContents = {
    format: 1,
    packages: wheels.map(({ path: _path, ...wheel }) => wheel),
    warm,
    ...report,
  }
  await writeFile(join(draft, CONTENTS_FILE), JSON.stringify(contents))
}
