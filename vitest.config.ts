import { defineConfig } from 'vitest/config'

const common = {
  pool: 'forks' as const,
  testTimeout: 120_000,
  hookTimeout: 120_000,
  // Bounds what never comes, on however busy a machine: what comes is not waited for.
  expect: { poll: { timeout: 60_000 } },
  execArgv: ['--disable-warning=ExperimentalWarning'],
}

export default defineConfig({
  test: {
    // Many tests wait for a process or a clock: all cores are kept busy, not all but one.
    maxWorkers: '100%',
    projects: [
      {
        test: {
          ...common,
          name: 'unit',
          include: ['test/**/*.test.ts'],
          exclude: ['test/integration/**', 'test/browser/**', 'test/chaos/**'],
        },
      },
      { test: { ...common, name: 'integration', include: ['test/integration/**/*.test.ts'] } },
      { test: { ...common, name: 'chaos', include: ['test/chaos/**/*.test.ts'], testTimeout: 600_000 } },
      { test: { ...common, name: 'browser', include: ['test/browser/**/*.test.ts'], testTimeout: 120_000 } },
    ],
  },
})
