import type { RunnerArguments } from '../protocol/host-messages.ts'
import { BatchHost } from './batch-host.ts'
import { CellRunner } from './cell-runner.ts'
import { HostChannel, type Incoming } from './host-channel.ts'
import { type Interpreter, wakePython } from './interpreter.ts'
import { lockDown } from './lock-down.ts'
import { installMemoryLimit } from './memory-limit.ts'
import type { PyProxy } from './pyodide-module.ts'
import { Scheduler } from './scheduler.ts'
import { StandardStreams } from './standard-streams.ts'
import { StateHolder } from './state-holder.ts'
import { installTimers } from './timers.ts'

// The program of a worker: wake Python up from its image, say so, and run what the host sends.
const { image, files, libraries, packages } = JSON.parse(Deno.args[0] ?? '') as RunnerArguments
const { exit } = Deno
const channel = new HostChannel()
const streams = new StandardStreams(channel)
streams.replaceConsole()
installTimers()
installMemoryLimit()
// Loaded only where they are needed: most images have no packages, and most workers no such grant.
const scheduler = new Scheduler()
const interpreter = await wakePython(
  image,
  scheduler,
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
const sessions = new StateHolder({
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
const batch = new BatchHost(
  {
    module: interpreter.module,
    leftBehind: interpreter.cell.left_behind as PyProxy,
    reset: interpreter.cell.reset as PyProxy,
    calls: cells.calls,
    quota: cells.quota,
    scheduler,
  },
  channel,
  () => cells.warmUp(),
)
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

/** A worker serves one session or one batch, or neither. */
function whenBegun(action: () => void): void {
  sessions.whenBegun(() => batch.whenBegun(action))
}

function handle(message: Incoming): void {
  switch (message.type) {
    case 'execute':
      whenBegun(() => void cells.run(message))
      return
    case 'ask':
      // What a worker has by itself must have been noted before a file comes to it.
      whenBegun(() => cells.answer(message.payload))
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
    case 'begin-batch':
      batch.begin()
      return
    case 'set-back':
      batch.restore()
      return
    case 'install':
      sessions.install(message)
      return
    default:
      message satisfies never
  }
}
