import type { RunnerArguments } from '../protocol/host-messages.ts'
import { CellRunner } from './cell-runner.ts'
import { HostChannel, type Incoming } from './host-channel.ts'
import { type Interpreter, wakePython } from './interpreter.ts'
import { lockDown } from './lock-down.ts'
import { installMemoryLimit } from './memory-limit.ts'
import type { PyProxy } from './pyodide-module.ts'
import { SessionHost } from './session-host.ts'
import { StandardStreams } from './standard-streams.ts'

// The program of a worker: wake Python up from its image, say so, and run what the host sends.
const { image, files, libraries, packages } = JSON.parse(Deno.args[0] ?? '') as RunnerArguments
const { exit } = Deno
const channel = new HostChannel()
const streams = new StandardStreams(channel)
streams.replaceConsole()
installMemoryLimit()
// Loaded only where they are needed: most images have no packages, and most workers no such grant.
const interpreter = await wakePython(
  image,
  packages ? (await import('./packages/packaged-image.ts')).openPackages(image) : null,
)
const hostFiles =
  files === undefined
    ? null
    : (await import('./host-files/mount.ts')).mountHostFiles(interpreter.module, files)
if (hostFiles !== null) (interpreter.cell.name_options as PyProxy)(hostFiles.optionFor)
const nativeLibraries =
  libraries === undefined
    ? null
    : new (await import('./ffi/native-libraries.ts')).NativeLibraries(interpreter.module, libraries)
const cells = new CellRunner(
  { ...interpreter, files: hostFiles, libraries: nativeLibraries },
  channel,
  streams,
)
const sessions = new SessionHost({
  module: interpreter.module,
  get python() {
    return interpreter.cell.session as unknown as Interpreter['cell']
  },
  image,
  // The last is what functions are called on.
  objects: [...interpreter.objects, ...cells.given, hostFiles?.optionFor, undefined],
  channel,
  quota: cells.quota,
  connect() {
    cells.connect()
    if (hostFiles !== null) (interpreter.cell.name_options as PyProxy)(hostFiles.optionFor)
  },
})
lockDown()
channel.send('{"type":"ready"}')

let first = channel.receive()
for (; first !== null && isPreparation(first); first = channel.receive()) {
  if (first.type === 'ask') cells.answer(first.payload)
  else if (first.type === 'find-imports') cells.findImports(first)
  else await cells.warmUp()
}
if (first !== null) {
  handle(first)
  await channel.listen(handle)
}
exit(0)

/** Is this something that is done before code of a caller runs? */
function isPreparation(
  message: Incoming,
): message is Extract<Incoming, { type: 'warm-up' | 'ask' | 'find-imports' }> {
  return message.type === 'warm-up' || message.type === 'ask' || message.type === 'find-imports'
}

function handle(message: Incoming): void {
  switch (message.type) {
    case 'execute':
      sessions.whenBegun(() => void cells.run(message))
      return
    case 'ask':
      // A session must have noted what a worker has by itself before a file comes to it.
      sessions.whenBegun(() => cells.answer(message.payload))
      return
    case 'interrupt':
      cells.interrupt(message.run)
      return
    case 'warm-up':
      return
    case 'find-imports':
      cells.findImports(message)
      return
    case 'begin-session':
      sessions.begin()
      cells.quota.set(message.maxFileBytes, message.maxFiles)
      return
    case 'save-session':
      sessions.save(message)
      return
    case 'wake-session':
      sessions.wake(message)
      cells.quota.set(message.maxFileBytes, message.maxFiles)
      return
    case 'install':
      sessions.install(message)
      return
    default:
      message satisfies never
  }
}
