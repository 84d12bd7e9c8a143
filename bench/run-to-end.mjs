import { spawn } from 'node:child_process'

/**
 * Runs a command to its end and takes the time.
 * @param {string} path
 * @param {readonly string[]} args
 * @param {NodeJS.ProcessEnv} [env]
 * @returns {Promise<{ seconds: number, stdout: string, pid: number }>}
 * @throws Error when it does not end with exit code 0
 */
export function runToEnd(path, args, env = process.env) {
  return new Promise((resolve, reject) => {
    const started = performance.now()
    const child = spawn(path, args, { env, stdio: ['ignore', 'pipe', 'pipe'] })
    let stdout = ''
    let stderr = ''
    child.stdout.setEncoding('utf8').on('data', (text) => {
      stdout += text
    })
    child.stderr.setEncoding('utf8').on('data', (text) => {
      stderr += text
    })
    child.on('error', reject)
    child.on('close', (code, signal) => {
      const seconds = (performance.now() - started) / 1000
      if (code === 0) resolve({ seconds, stdout, pid: child.pid ?? 0 })
      else reject(new Error(`Cannot measure: "${path}" ended with ${signal ?? code}: ${stderr.trim()}`))
    })
  })
}
