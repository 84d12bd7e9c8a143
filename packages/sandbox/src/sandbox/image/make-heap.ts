import { copyFile, cp, lstat, mkdir, rename, rm, writeFile } from 'node:fs/promises'
import { join } from 'node:path'
import { ImageBuildError, PackageError, WorkerStartError } from '../errors/errors.ts'
import { runnerPythonFolder } from '../host/runner-files.ts'
import { checkWheel } from '../packages/wheel-file.ts'
import { NO_FILES } from '../permissions/file-access.ts'
import { launchWorker } from '../wall/launch.ts'
import type { SecondWall } from '../wall/second-wall.ts'
import { type Ending, runToEnd } from '../worker/run-to-end.ts'
import type { BuildPlan } from './build-plan.ts'
import { readFailure, readReport } from './build-report.ts'
import { CONTENTS_FILE, type ImageContents } from './contents.ts'
import type { PackageSet } from './recipe.ts'

/** Folders of the draft that the process reads from. */
const PYTHON = 'python'
const WHEELS = 'wheels'
const BUILD_DEADLINE_MS = 180_000
/** Importing is somebody else's code. */
const PACKAGES_DEADLINE_MS = 600_000
const MAX_UNPACKED_BYTES = 2 ** 30
/** Of the whole process: its heap and the unpacked files, at most 1 GiB each, and what Deno and compiling take. */
const MAX_MEMORY_BYTES = 2.5 * 2 ** 30

/**
 * Starts Python, or wakes it up from the base image and lets it install packages, in a process that may read the draft and
 * write to one folder in it, and takes what it made. Gives the names of the files.
 */
export async function makeHeap(plan: BuildPlan, draft: string): Promise<string[]> {
  const output = join(draft, 'made')
  const [python, wheels] = [join(draft, PYTHON), join(draft, WHEELS)]
  for (const folder of [output, python, wheels]) await mkdir(folder)
  const { packages } = plan.recipe
  if (packages === null) await copyPython(python)
  else {
    await copyFile(join(plan.base, 'heap.bin'), join(draft, 'heap.bin'))
    await copyWheels(packages, wheels)
  }
  await runBuilder(plan, { draft, output })
  const made = ['heap.bin', ...(packages === null ? [] : ['packages.json', 'packages.bin'])]
  for (const name of made) await takeFile(plan, { from: join(output, name), to: join(draft, name) })
  if (packages !== null) {
    const report = await readReport(join(output, 'report.json'))
    await writeContents(draft, packages, report)
    made.push(CONTENTS_FILE)
  }
  for (const folder of [output, python, wheels]) await rm(folder, { recursive: true, force: true })
  return made
}

/** Into the draft, which the process may read: it sees nothing else of the host. */
async function copyPython(folder: string): Promise<void> {
  await cp(runnerPythonFolder(), folder, {
    recursive: true,
    filter: (path) => !path.endsWith('__pycache__'),
  })
}

/** Hands the wheels over: what is checked is the copy, which nobody else writes to. */
async function copyWheels({ wheels }: PackageSet, folder: string): Promise<void> {
  for (const wheel of wheels) {
    const path = join(folder, wheel.fileName)
    // One that is gone is said to be so by the check.
    await copyFile(wheel.path, path).catch(() => {})
    await checkWheel({ ...wheel, path })
  }
}

interface BuildFolders {
  readonly draft: string
  readonly output: string
}

async function runBuilder(plan: BuildPlan, { draft, output }: BuildFolders): Promise<void> {
  const { name, packages } = plan.recipe
  const start = (wall: SecondWall | null) => build(plan, { draft, output }, wall)
  // Without packages all that runs is ours.
  const { exitCode, stderr, tooLarge } = await (packages === null ? start(null) : plan.behind(start))
  if (exitCode === 0) return
  if (tooLarge)
    throw new ImageBuildError(name, `it takes more than ${MAX_MEMORY_BYTES / 2 ** 20} MiB of memory`)
  const failure = packages === null ? null : await readFailure(join(output, 'failure.json'))
  if (failure === null)
    throw new ImageBuildError(name, stderr === '' ? `Deno ended with code ${exitCode}` : stderr)
  if (failure.wheel === null) throw new ImageBuildError(name, failure.reason)
  const kind = failure.reason.startsWith('it cannot be imported') ? 'not-importable' : 'bad-wheel'
  throw new PackageError([{ requirement: failure.wheel, kind, detail: failure.reason }])
}

async function build(
  { recipe, deno, signal }: BuildPlan,
  { draft, output }: BuildFolders,
  wall: SecondWall | null,
): Promise<Ending> {
  const { modules, packages } = recipe
  const program = (image: string) => {
    const folders = { image: `${image}/`, output: `${output}/` }
    return packages === null
      ? { ...folders, python: `${image}/${PYTHON}`, modules }
      : { ...folders, packages: wheelsToInstall(packages, `${image}/${WHEELS}`) }
  }
  const denoDir = join(draft, 'deno')
  await mkdir(denoDir)
  const files = { ...NO_FILES, write: [output], binds: [{ target: output, writable: true }] }
  const launch = launchWorker({
    deno: deno.path,
    image: draft,
    denoDir,
    wall,
    files,
    audit: null,
    program: { name: packages === null ? 'build-image' : 'build-packages', argument: program },
  })
  const deadlineMs = packages === null ? BUILD_DEADLINE_MS : PACKAGES_DEADLINE_MS
  const ending = await runToEnd(launch, { deadlineMs, memoryBytes: MAX_MEMORY_BYTES }, signal)
  await rm(denoDir, { recursive: true, force: true })
  if (ending.exitCode !== 0 && ending.stderr.startsWith('bwrap:'))
    throw new WorkerStartError('the image cannot be built behind the second wall', ending.stderr)
  return ending
}

function wheelsToInstall({ wheels, warm }: PackageSet, folder: string) {
  return {
    wheels: wheels.map(({ fileName, requested }) => ({
      path: `${folder}/${fileName}`,
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
