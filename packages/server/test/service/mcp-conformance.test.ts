import { execFile } from 'node:child_process'
import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { promisify } from 'node:util'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { findDeno } from '../../../sandbox/src/sandbox/host/deno-binary.ts'
import { createApp } from '../../src/http/app.ts'
import { type Listening, listen } from '../../src/http/listen.ts'
import { silentLogger } from '../../src/logger.ts'
import { startTestService, type TestService } from './fixtures/service.ts'
import { fixtureServer } from './mcp-conformance/fixture-server.ts'

/** A folder in which `@modelcontextprotocol/conformance` is installed. */
const SUITE = process.env.AGENTCHAT_TEST_MCP_CONFORMANCE
const PROGRAM = ['node_modules', '@modelcontextprotocol', 'conformance', 'dist', 'index.js']
if (SUITE === undefined)
  console.warn('AGENTCHAT_TEST_MCP_CONFORMANCE is not set: the conformance suite of MCP is not run')

describe.skipIf(SUITE === undefined)('the conformance suite of the Model Context Protocol', () => {
  let folder: string
  let service: TestService
  let listening: Listening

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'acs-conformance-'))
    service = await startTestService({ folder }, { filesFolder: join(folder, 'files') })
    let app = service.app
    // The suite knows no keys.
    const authorized = (request: Request) => {
      const headers = new Headers(request.headers)
      headers.set('Authorization', `Bearer ${service.admin.apiKey}`)
      return app.fetch(new Request(request, { headers }))
    }
    listening = await listen(authorized, { host: '127.0.0.1', port: 0 })
    app = createApp({
      ...{ services: service.services.context, logger: silentLogger },
      ...{ version: '0.0.0', publicUrl: `http://localhost:${listening.port}`, corsOrigins: [] },
      ...{ maxRequestBytes: 2 ** 20, createMcpServer: fixtureServer },
    })
  })
  afterAll(async () => {
    listening.destroy()
    await service.services.close(0)
    rmSync(folder, { recursive: true, force: true })
  })

  test.each([
    ['2025-11-25', 30],
    ['2026-07-28', 37],
  ])('%s: all %i scenarios that the revision requires', async (revision, scenarios) => {
    const url = `http://localhost:${listening.port}/mcp`
    const args = ['server', '--url', url, '--requirements', revision]
    const program = join(SUITE ?? '', ...PROGRAM)
    const { stdout } = await promisify(execFile)(findDeno().path, ['run', '-A', program, ...args], {
      ...{ cwd: folder, maxBuffer: 2 ** 26 },
    }).catch((error: { readonly stdout: string }) => error)
    expect(scoredIn(stdout)).toMatchObject({
      passed: expect.objectContaining({ length: scenarios }),
      failed: [],
    })
  })
})

/** The scenarios that count, from the summary: `✓ name: 2 passed, 0 failed`; those that do not are listed below it. */
function scoredIn(output: string): { readonly passed: string[]; readonly failed: string[] } {
  const [, after = ''] = output.split('=== SUMMARY ===')
  const [summary = '', unscored = ''] = after.split('\nTotal:')
  const others = new Set([...unscored.matchAll(/^ +[✓✗] (\S+) \(/gm)].map(([, name]) => name))
  const scored = [...summary.matchAll(/^([✓✗]) (\S+):/gm)].filter(([, , name]) => !others.has(name ?? ''))
  const named = (mark: string) => scored.filter(([, found]) => found === mark).map(([, , name = '']) => name)
  return { passed: named('✓'), failed: named('✗') }
}
