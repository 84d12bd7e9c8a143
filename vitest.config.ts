import { configDefaults, defineConfig } from 'vitest/config'

/** So that a package finds another one's source and not its build, and others what Node finds: it knows no "module". */
const conditions = ['agentchat-sandbox-source', 'node', 'development|production']

/** What needs no Deno and no image: it runs first, and without the preparation that the others need. */
const FAST = [
  'packages/*/src/**/*.test.ts',
  'test/{architecture,containers,grammars,monitoring,regular-expressions,systemd-units}.test.ts',
  'test/documentation/{options,paths}.test.ts',
  'test/escapes/{held,judge}.test.ts',
]

export default defineConfig({
  resolve: { conditions },
  ssr: { resolve: { conditions } },
  test: {
    // Each file starts processes of its own: four at a time keep two cores busy all the time, and time limits are missed.
    maxWorkers: 2,
    globalSetup: ['test/build-programs.ts'],
    // These end what hangs. What is slow only because the machine is, passes.
    testTimeout: 300_000,
    hookTimeout: 300_000,
    expect: { poll: { timeout: 60_000 } },
    projects: [
      {
        extends: true,
        // They change nothing that others see: loading the modules anew for each file would take as long as the tests.
        test: { name: 'fast', include: FAST, isolate: false, sequence: { groupOrder: 0 } },
      },
      {
        extends: true,
        test: {
          name: 'whole',
          include: ['packages/*/test/**/*.test.ts', 'test/**/*.test.ts'],
          exclude: [...configDefaults.exclude, ...FAST],
          globalSetup: ['test/build-programs.ts', 'test/global-setup.ts'],
          sequence: { groupOrder: 1 },
        },
      },
    ],
  },
})
