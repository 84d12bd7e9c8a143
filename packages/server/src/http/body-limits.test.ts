import { expect, test } from 'vitest'
import { maxBodyBytes } from './body-limits.ts'

const LARGE = 4 * 2 ** 20

test.each([
  ['/mcp', LARGE],
  ['/api/v1/executions', LARGE],
  ['/api/v1/batches', LARGE],
  ['/api/v1/batches/bat_1', 65_536],
  ['/api/v1/sessions/ses_1/executions', LARGE],
  ['/api/v1/sessions/ses_1/files/a/b', LARGE],
  ['/api/v1/sessions/ses_1/files/a\nb', LARGE],
  ['/api/v1/tools', LARGE],
  ['/api/v1/tools/tool_1', LARGE],
  ['/api/v1/tools/tool_1/execute', LARGE],
  ['/api/v1/tools/tool_1/roll-back', 65_536],
  ['/api/v1/sessions', 65_536],
  ['/api/v1/sessions/ses_1/fork', 65_536],
  ['/api/v1/users', 65_536],
  ['/api/v1/api-keys', 65_536],
  ['/api/v1/auth/sign-in', 65_536],
  ['/healthz', 65_536],
])('maxBodyBytes() of %s', (path, bytes) => {
  expect(maxBodyBytes(path, LARGE)).toBe(bytes)
  expect(maxBodyBytes(path, 1024)).toBe(1024)
})
