import { cpus, totalmem } from 'node:os'
import { findDeno } from '../packages/sandbox/build/sandbox/host/deno-binary.js'
import { findPyodide } from '../packages/sandbox/build/sandbox/host/pyodide-package.js'

/** What the figures were measured on. */
export function machineFacts() {
  return {
    platform: `${process.platform} ${process.arch}`,
    cpus: cpus().length,
    cpuModel: cpus()[0]?.model ?? '',
    memoryMb: Math.round(totalmem() / 2 ** 20),
    node: process.version,
    deno: findDeno().version,
    pyodide: findPyodide().version,
  }
}
