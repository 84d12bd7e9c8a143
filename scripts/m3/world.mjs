import { readdirSync, readFileSync, statSync } from 'node:fs'
import { join } from 'node:path'
import { ToolError } from 'agentchat-sandbox'

const here = (name) => readFileSync(new URL(name, import.meta.url))

/** The tasks of a folder and their tools, in a session of their own. */
export class World {
  #session
  /** What was called since the task began. @type {{ name: string, arguments: object }[]} */
  calls = []

  constructor(session) {
    this.#session = session
  }

  /** Loads the files of the tasks. @throws Error when they cannot be loaded */
  static async load(sandbox, folder) {
    const world = new World(sandbox.session())
    const { files } = world.#session
    await files.write('tasks/__init__.py', Buffer.from(''))
    await files.write('tasks/base.py', here('./base.py'))
    await files.write('tasks/impl/__init__.py', Buffer.from(''))
    for (const path of readdirSync(folder, { recursive: true }).sort()) {
      const file = join(folder, path)
      if (/\.(py|jsonl?)$/.test(path) && statSync(file).isFile())
        await files.write(`tasks/impl/${path}`, readFileSync(file))
    }
    await world.#ask(here('./world.py').toString())
    return world
  }

  async names() {
    return await this.#ask('list(by_name)')
  }

  /** Begins a task anew. @returns {Promise<{ instruction: string, tools: import('agentchat-sandbox').Tool[] }>} */
  async begin(name) {
    this.calls = []
    const { instruction, tools } = await this.#ask('begin(name)', { name })
    return { instruction, tools: tools.map((tool) => this.#toolOf(tool)) }
  }

  async isRight(name, answer) {
    return await this.#ask('right(name, answer)', { name, answer })
  }

  async close() {
    await this.#session.close()
  }

  #toolOf({ name, description, parameters, many }) {
    return {
      ...{ name, description },
      parameters: {
        type: 'object',
        properties: Object.fromEntries(
          parameters.map((each) => [each, many.includes(each) ? { type: 'array' } : {}]),
        ),
        required: parameters.filter((each) => !many.includes(each)),
        additionalProperties: false,
      },
      execute: async (args) => {
        this.calls.push({ name, arguments: args })
        return await this.#ask('call(name, args)', { name, args })
      },
    }
  }

  async #ask(code, globals = {}) {
    const { result, error } = await this.#session.execute(code, { globals })
    if (error !== null) throw new ToolError(`${error.name}: ${error.message}`)
    return result
  }
}
