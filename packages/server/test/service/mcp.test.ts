import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, describe } from 'vitest'
import { startTestService } from './fixtures/service.ts'
import { callersOverMcp } from './mcp/callers.ts'
import { McpService } from './mcp/mcp-service.ts'
import { runsOverMcp } from './mcp/runs.ts'
import { storedToolsOverMcp } from './mcp/stored-tools.ts'

describe('the Model Context Protocol over HTTP', () => {
  const folder = mkdtempSync(join(tmpdir(), 'acs-mcp-'))
  let mcp: McpService
  beforeAll(async () => {
    mcp = await McpService.start(await startTestService({ folder }, { filesFolder: join(folder, 'files') }))
  })
  afterAll(async () => {
    await mcp.close()
    rmSync(folder, { recursive: true, force: true })
  })

  runsOverMcp(() => mcp)
  storedToolsOverMcp(() => mcp)
  callersOverMcp(() => mcp)
})
