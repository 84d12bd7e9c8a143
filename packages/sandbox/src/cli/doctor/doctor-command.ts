import type { Command } from 'commander'

const DETAILS = `
Each line says ok, warn or fail, and what to do about it. The exit code is 0 when nothing fails, else 1.
The image is built when it is missing. Programs are run for real, one of them tries to break out.`

/** Adds `doctor` to the command line. */
export function addDoctorCommand(program: Command, finish: (exitCode: number) => void): void {
  program
    .command('doctor')
    .summary('check that everything is in place')
    .description(
      'Checks Node.js, Deno, Pyodide, the cache folder, the disk, the image, a run, and the walls.',
    )
    .option('--json', 'print what was found as JSON')
    .addHelpText('after', DETAILS)
    .action(async ({ json }: { json?: true }) => {
      const { doctor } = await import('./doctor.ts')
      finish(await doctor(json === true))
    })
}
