import { defineConfig } from 'vitest/config'

export default defineConfig({
  test: {
    include: ['src/**/*.test.ts', 'test/**/*.test.ts'],
    globalSetup: ['test/global-setup.ts'],
    testTimeout: 30_000,
    hookTimeout: 60_000,
    // Each file starts Deno processes of its own; more at once than cores only makes every time limit flaky.
    maxWorkers: 2,
    // Time limits of tenths of a second meet machines that stand still for longer: one that fails twice more is broken.
    retry: process.env.CI ? 2 : 0,
  },
})
