// A wire between a machine and NATS that can be cut: nothing passes then, and nobody is told.
import { connect, createServer } from 'node:net'

/**
 * Passes on what comes to a port of its own.
 * @param {number} port where it goes to
 */
export async function startWire(port) {
  const pairs = new Set()
  let cut = { up: false, down: false }
  const apply = ({ up, down }) => {
    if (cut.up) up.pause()
    else up.resume()
    if (cut.down) down.pause()
    else down.resume()
  }
  const server = createServer((up) => {
    const down = connect(port, '127.0.0.1')
    const pair = { up, down }
    pairs.add(pair)
    const end = () => {
      pairs.delete(pair)
      up.destroy()
      down.destroy()
    }
    pass(up, down)
    pass(down, up)
    for (const socket of [up, down]) socket.on('error', end).on('close', end)
    apply(pair)
  })
  await new Promise((resolve) => server.listen(0, '127.0.0.1', resolve))
  return {
    port: server.address().port,
    /** From now on nothing passes upwards, that is to NATS, nor downwards, as far as these say. */
    cut(up, down) {
      cut = { up, down }
      for (const pair of pairs) apply(pair)
    },
    end() {
      server.close()
      for (const { up, down } of pairs) {
        up.destroy()
        down.destroy()
      }
    },
  }
}

function pass(from, to) {
  from.on('data', (bytes) => to.write(bytes))
}
