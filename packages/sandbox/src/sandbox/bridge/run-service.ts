import { execFile } from 'node:child_process'
import { closeSync, openSync } from 'node:fs'
import { mkdir, rm, writeFile } from 'node:fs/promises'
import { basename, join } from 'node:path'
import { promisify } from 'node:util'
import { newTemporaryPath, temporaryRoot } from '../host/guardian.ts'
import type { Grants } from '../permissions/grants.ts'
import { decideEnv } from '../permissions/program-env.ts'
import { decideStart, grantedFolder, type ProgramStart } from '../permissions/program-start.ts'
import { CallError } from './call-error.ts'
import type { CallAnswer, HostService } from './host-service.ts'
import { Program } from './program.ts'
import { ProgramGroups } from './program-groups.ts'
import { runCalls, type StartCall } from './run-calls.ts'
import type { BridgeUses } from './use-counter.ts'

/** What programs of one worker may take of the host. */
export interface RunLimits {
  /** Programs at a time, counting those that left a process behind. */
  readonly maxPrograms: number
  /** Programs that Python has not let go of, ended ones included: each holds pipes. */
  readonly maxHandles: number
  /** Output of one program. */
  readonly maxOutputBytes: number
}

const LIMITS: RunLimits = { maxPrograms: 16, maxHandles: 64, maxOutputBytes: 2 ** 30 }
const NONE: CallAnswer = { value: null }

/** Where programs of one worker run that have no granted folder, and what marks them. */
interface RunFolder {
  readonly path: string
  readonly work: string
  readonly marker: number
}

/** What the grants say about programs, and what they are looked up in. */
export interface RunContext {
  readonly grants: Pick<Grants, 'env' | 'read' | 'write' | 'run'>
  /** The text of the host's PATH. */
  readonly searchPath: string
}

/**
 * Programs that are granted, started on the host, outside every wall. Nothing is sent unasked: Python pulls the output,
 * and a program whose output nobody pulls has to wait. All of them end with the worker.
 */
export class RunService implements HostService {
  readonly #context: RunContext
  readonly #uses: BridgeUses
  readonly #limits: RunLimits
  readonly #programs = new Map<number, Program>()
  readonly #groups = new ProgramGroups()
  #folder: Promise<RunFolder> | null = null
  #lastId = 0
  readonly #starts = new Set<Promise<unknown>>()
  #closing: Promise<void> | null = null

  constructor(context: RunContext, uses: BridgeUses, limits: RunLimits = LIMITS) {
    this.#context = context
    this.#uses = uses
    this.#limits = limits
  }

  readonly calls: HostService['calls'] = {
    'run.start': async (params) => this.#start(runCalls().start.parse(params)),
    'run.find': async (params) => {
      const { grants, searchPath } = this.#context
      const { program } = runCalls().find.parse(params)
      const decision = decideStart(grants.run, { program, args: [] }, searchPath)
      return { value: decision.allowed ? decision.start.path : null }
    },
    'run.read': async (params) => {
      const { program, stream, max, deadlineMs } = runCalls().read.parse(params)
      return { value: null, data: await this.#at(program).read(stream, max, deadlineMs) }
    },
    'run.write': async (params, data) => {
      const { program, deadlineMs } = runCalls().wait.parse(params)
      await this.#at(program).write(data, deadlineMs)
      return NONE
    },
    'run.close-input': async (params) => {
      this.#at(runCalls().program.parse(params).program).closeInput()
      return NONE
    },
    'run.wait': async (params) => {
      const { program, deadlineMs } = runCalls().wait.parse(params)
      return { value: await this.#at(program).wait(deadlineMs) }
    },
    'run.kill': async (params) => {
      const { program, signal } = runCalls().kill.parse(params)
      this.#at(program).signal(signal)
      return NONE
    },
    'run.release': async (params) => {
      const { program: id } = runCalls().program.parse(params)
      this.#programs.get(id)?.release()
      this.#programs.delete(id)
      return NONE
    },
  }

  close(): Promise<void> {
    this.#closing ??= this.#end()
    return this.#closing
  }

  async #end(): Promise<void> {
    this.#groups.kill()
    for (const program of this.#programs.values()) program.close()
    this.#programs.clear()
    await Promise.allSettled(this.#starts)
    const folder = await this.#folder?.catch(() => null)
    if (!folder) return
    await this.#groups.end(`/${basename(temporaryRoot())}/${basename(folder.path)}/`)
    closeSync(folder.marker)
    await removeFolder(folder.path)
  }

  async #start(request: StartCall): Promise<CallAnswer> {
    if (this.#closing !== null) throw new CallError('ECONNABORTED', 'the run is over')
    const { maxPrograms, maxHandles } = this.#limits
    if (this.#groups.count() + this.#starts.size >= maxPrograms)
      throw new CallError('EAGAIN', `Too many programs at a time: ${maxPrograms}`)
    if (this.#programs.size + this.#starts.size >= maxHandles)
      throw new CallError('EMFILE', `Too many programs that nobody has waited for: ${maxHandles}`)
    const start = this.#startCounted(request)
    this.#starts.add(start)
    try {
      return await start
    } finally {
      this.#starts.delete(start)
    }
  }

  async #startCounted(request: StartCall): Promise<CallAnswer> {
    const { args, env, cwd, stdin, stdout, stderr } = request
    refuseUnsayable([request.program ?? '', cwd, ...args, ...env.flat()])
    // What is refused is refused before anything is made for it.
    this.#decide(request)
    const decided = decideEnv(env, {
      granted: this.#context.grants.env,
      searchPath: this.#context.searchPath,
    })
    if (!decided.allowed) throw this.#denied(request.program ?? 'sh', decided.reason)
    this.#folder ??= makeRunFolder()
    const { path, work, marker } = await this.#folder
    this.#lastId += 1
    const id = this.#lastId
    let value = ''
    const program = await Program.start({
      decide: () => {
        const start = this.#decide(request)
        value = start.value
        return start
      },
      env: decided.env,
      cwd: grantedFolder(this.#context.grants, cwd) ?? work,
      stdin,
      stdout,
      stderr,
      pipes: { folder: path, name: String(id) },
      marker,
      maxOutputBytes: this.#limits.maxOutputBytes,
    })
    this.#uses.used.add('run', value)
    return this.#keep(id, program)
  }

  #keep(id: number, program: Program): CallAnswer {
    this.#groups.add(program.pid)
    if (this.#closing !== null) {
      program.close()
      throw new CallError('ECONNABORTED', 'the run is over')
    }
    program.onExit(() => this.#groups.ended(program.pid))
    this.#programs.set(id, program)
    return { value: { program: id } }
  }

  #decide({ program, args }: StartCall): ProgramStart {
    const { grants, searchPath } = this.#context
    const decision = decideStart(grants.run, { program, args }, searchPath)
    if (decision.allowed) return decision.start
    const { code, value, reason } = decision
    if (code === 'denied') throw this.#denied(value, reason)
    throw new CallError(code, reason)
  }

  #denied(value: string, reason: string): CallError {
    this.#uses.denied.add('run', value.slice(0, 4096))
    return new CallError('denied', reason)
  }

  #at(id: number): Program {
    const found = this.#programs.get(id)
    if (found === undefined) throw new CallError('EBADF', 'Bad file descriptor')
    return found
  }
}

/** Text that no program can be given as it stands. @throws CallError */
function refuseUnsayable(texts: readonly string[]): void {
  for (const each of texts) {
    if (each.includes('\0')) throw new CallError('EINVAL', 'an argument holds a NUL character')
    if (/\p{Cs}/u.test(each)) throw new CallError('EILSEQ', 'an argument is not valid Unicode')
  }
}

/** A program may have left folders there that may not be opened. */
async function removeFolder(path: string): Promise<void> {
  const remove = () => rm(path, { recursive: true, force: true, maxRetries: 3 })
  await remove().catch(async () => {
    await promisify(execFile)('chmod', ['-R', 'u+rwX', path], { env: { PATH: '/usr/bin:/bin' } })
    await remove()
  })
}

async function makeRunFolder(): Promise<RunFolder> {
  const path = newTemporaryPath()
  const work = join(path, 'work')
  await mkdir(path, { mode: 0o700 })
  await mkdir(work, { mode: 0o700 })
  await writeFile(join(path, 'mark'), '')
  return { path, work, marker: openSync(join(path, 'mark'), 'r') }
}
