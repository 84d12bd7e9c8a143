import { defineConfig } from 'vitest/config'

/** So that a package finds another one's source and not its build. */
const conditions = ['agentchat-sandbox-source', 'module', 'node', 'development|production']

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    include: ['packages/*/src/**/*.test.ts', 'packages/*/test/**/*.test.ts', 'test/**/*.test.ts'],
    // Attacks over HTTP on a service that runs have a command of their own (`npm run escapes:http`).
    exclude: process.env.ESCAPES_HTTP ? [] : ['test/escapes/http/**'],
    globalSetup: ['test/global-setup.ts'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // Each file starts Deno processes of its own; more at once than cores only makes every time limit flaky.
    maxWorkers: 2,
    // Time limits of tenths of a second meet machines that stand still for longer: one that fails twice more is broken.
    retry: process.env.CI ? 2 : 0,
  },
})
