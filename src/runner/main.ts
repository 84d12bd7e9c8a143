import type { HostMessage, RunnerArguments } from '../protocol/host-messages.ts'
import { CellRunner } from './cell-runner.ts'
import { HostChannel } from './host-channel.ts'
import { wakePython } from './interpreter.ts'
import { installMemoryLimit } from './memory-limit.ts'
import { StandardStreams } from './standard-streams.ts'

// The program of a worker: wake Python up from its image, say so, and run what the host sends.
const { image } = JSON.parse(Deno.args[0] ?? '') as RunnerArguments
const channel = new HostChannel()
const streams = new StandardStreams(channel)
streams.replaceConsole()
installMemoryLimit()
const interpreter = await wakePython(image)
const cells = new CellRunner(interpreter, channel, streams)
await cells.warmUp()
channel.send('{"type":"ready"}')

await channel.listen((message: HostMessage) => {
  switch (message.type) {
    case 'execute':
      void cells.run(message)
      return
    case 'interrupt':
      cells.interrupt(message.run)
      return
    default:
      message satisfies never
  }
})
Deno.exit(0)
