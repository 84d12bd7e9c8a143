import { randomUUID } from 'node:crypto'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { noBridge } from '../src/sandbox/bridge/host-bridge.ts'
import { FileKeeper } from '../src/sandbox/execution/file-keeper.ts'
import { collect } from '../src/sandbox/execution/python-runner.ts'
import { makeRequest } from '../src/sandbox/execution/request.ts'
import { runOnWorker } from '../src/sandbox/execution/run.ts'
import { parseSandboxOptions, type SandboxOptions } from '../src/sandbox/options.ts'
import { fileAccess } from '../src/sandbox/permissions/file-access.ts'
import type { CodeExecutionResult } from '../src/sandbox/result/result.ts'
import { Worker, type WorkerPlan } from '../src/sandbox/worker/worker.ts'

/**
 * A process that has the token, as code that took the runner over would have it, and speaks for the runner. What the
 * host measures and bounds itself must hold against it.
 */
const HOSTILE_RUNNER = `
const { readSync, writeSync } = require('node:fs')
const read = (length) => {
  const bytes = Buffer.alloc(length)
  for (let at = 0; at < length; ) {
    let count = 0
    try { count = readSync(0, bytes, at, length - at) } catch (error) { if (error.code !== 'EAGAIN') throw error }
    at += count
  }
  return bytes
}
const write = (bytes) => {
  for (let at = 0; at < bytes.length; ) {
    try { at += writeSync(1, bytes, at) } catch (error) { if (error.code !== 'EAGAIN') throw error }
  }
}
const token = read(8)
const frame = (kind, payload) => {
  const head = Buffer.alloc(5)
  head[0] = kind
  head.writeUInt32LE(payload.length, 1)
  return Buffer.concat([head, token, payload])
}
const message = (value) => frame(2, Buffer.from(typeof value === 'string' ? value : JSON.stringify(value)))
const stdout = (value) => frame(3, Buffer.from(value))
const end = { type: 'end', run: 1, result: 'FORGED', error: null, stdoutCut: false, stderrCut: false, resultCut: false, files: [] }
const sleep = (ms) => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, ms)
`
const READY = `
  const started = { type: 'started', run: 1 }
  write(message({ type: 'ready' }))
  read(read(13).readUInt32LE(1))
  write(message(started))`

/** Starts a hostile program, which must say itself that it is ready. */
export function startHostile(program: string): Promise<Worker> {
  return Worker.start(planOf(process.execPath, ['-e', `${HOSTILE_RUNNER}${program}`]))
}

/** A plan for any program in the place of a worker. */
export function planOf(path: string, args: string[]): WorkerPlan {
  const denoDir = join(tmpdir(), `agentchat-test-${randomUUID()}`)
  return { launch: { path, args, env: {} }, walls: [], denoDir, maxMessageBytes: 100_000, bridge: noBridge() }
}

/** Runs a hostile program in the place of the runner, and waits until its process has ended. */
export async function runHostile(
  program: string,
  options: SandboxOptions = {},
): Promise<CodeExecutionResult> {
  const worker = await startHostile(`${READY}\n${program}`)
  try {
    const settings = parseSandboxOptions({ maxOutputBytes: 1000, ...options })
    const files = fileAccess({ read: false, write: settings.allowWrite === true }, settings)
    const request = makeRequest('', { ...settings, files }, {})
    return await collect(
      runOnWorker(worker, request, { queueMs: 0, startMs: 0, keeper: new FileKeeper(settings.maxFileBytes) }),
    )
  } finally {
    worker.kill()
    await worker.gone
  }
}
