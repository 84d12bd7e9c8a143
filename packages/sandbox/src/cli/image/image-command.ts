import { addPackages } from 'agentchat-sandbox-base/command/sandbox-flags'
import type { Command } from 'commander'
import type { BuildFlags } from './build-flags.ts'

const BUILD_DETAILS = `
Packages come from the folder of --wheels, from those fetched before, from Pyodide's distribution, and from an index
(PyPI); every file's hash is checked. What they need is found as well. All are imported, and their native modules
loaded, before the image is kept: programs that start from it have them at once.

Exit codes:
  0    the image is there               2    wrong usage
  1    a package cannot be had          70   building failed

Examples:
  agentchat-sandbox image build --name data --packages numpy,pandas
  agentchat-sandbox image build --name data --packages "numpy>=2,<3" --wheels ./wheels --offline
  agentchat-sandbox image build --name data --packages numpy --warm "import numpy.random"
  agentchat-sandbox run --image data -c "import numpy"`

const REMOVE_DETAILS = `
--unused removes the images of older versions of this package, those whose name now means another one, and those of the
option "packages" that nobody asked for in a month. Programs that run meanwhile are not disturbed.`

/** Adds `image` and what belongs to it to the command line. */
export function addImageCommand(program: Command, finish: (exitCode: number) => void): void {
  const image = program
    .command('image')
    .summary('make and manage images with packages inside')
    .description('Images: prepared memories of Python, with packages imported, that programs start from.')
    .helpCommand(false)
  addBuild(image, finish)
  image
    .command('list')
    .summary('list the images')
    .description('Lists the images, with their packages and sizes.')
    .option('--json', 'print them as JSON')
    .action(async ({ json }: { json?: true }) => {
      const { listImages } = await import('./list.ts')
      finish(await listImages(json === true))
    })
  image
    .command('inspect')
    .summary('show what is in an image')
    .description('Shows what an image holds: packages with their versions and hashes, modules, sizes.')
    .argument('<name>', 'name of the image')
    .option('--json', 'print it as JSON')
    .action(async (name: string, { json }: { json?: true }) => {
      const { inspectImage } = await import('./inspect.ts')
      finish(await inspectImage(name, json === true))
    })
  image
    .command('remove')
    .summary('remove images')
    .description('Removes images by name, or those that are of no use any more.')
    .argument('[names...]', 'names of images')
    .option('--unused', 'remove what nothing leads to any more')
    .addHelpText('after', REMOVE_DETAILS)
    .action(async (names: string[], { unused }: { unused?: true }) => {
      const { removeNamed } = await import('./remove.ts')
      finish(await removeNamed(names, unused === true))
    })
}

function addBuild(image: Command, finish: (exitCode: number) => void): void {
  image
    .command('build')
    .summary('make an image with packages')
    .description('Makes an image with packages inside, or makes it anew under the same name.')
    .requiredOption('-n, --name <name>', 'what the image is called')
    .requiredOption('-p, --packages <list>', 'packages, separated by commas; may be given again', addPackages)
    .option('-w, --wheels <folder>', 'folder with wheel files, which come first')
    .option('--index <url>', 'index of packages in the manner of PyPI (default: PyPI)')
    .option('--offline', 'do not use the network (also: AGENTCHAT_OFFLINE=1)')
    .option('--warm <code>', 'Python to run when all is imported')
    .option('--json', 'print what was made as JSON')
    .addHelpText('after', BUILD_DETAILS)
    .action(async (flags: BuildFlags) => {
      const { buildNamed } = await import('./build.ts')
      finish(await buildNamed(flags))
    })
}
