import type { SandboxOptions } from 'agentchat-sandbox'

/** What a model is told of the tool. */
export function descriptionOf({ stateful, timeoutSeconds = 60, ...options }: SandboxOptions): string {
  const packages = options.packages ?? []
  return [
    'Runs Python code (CPython 3.14 in a sandbox) and returns what it printed, the value of its last line, and errors.',
    stateful
      ? 'Variables, imports and files stay from call to call.'
      : 'Each call starts afresh: nothing stays from the one before.',
    packages.length === 0
      ? 'The standard library is there.'
      : `The standard library and these packages are there: ${packages.join(', ').slice(0, 1000)}.`,
    isGranted(options.allowNet) ? '' : 'There is no network.',
    `A call may take ${timeoutSeconds} s.`,
  ]
    .filter((line) => line !== '')
    .join(' ')
}

function isGranted(grant: boolean | readonly string[] | undefined): boolean {
  return Array.isArray(grant) ? grant.length > 0 : grant === true
}
