import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'
import { LongestFirst } from './scripts/lib/longest-first.mjs'

// `npm test` leaves them to continuous integration, unless it is asked for all or for some by name.
const { RUNTAPE_LONG_TESTS: asked } = process.env
const longTests = asked === 'no' ? ['**/*.long.test.ts'] : []

export default defineConfig({
  test: {
    include: [
      'packages/*/{src,test}/**/*.test.ts',
      'examples/*/**/*.test.ts',
      'bench/**/*.test.ts',
      'soak/**/*.test.ts',
      'tests/**/*.test.ts',
    ],
    exclude: ['**/node_modules/**', '**/dist/**', ...longTests],
    pool: 'forks',
    sequence: { sequencer: LongestFirst },
    // Many tests wait for a second process: on two cores, one worker would leave one of them idle.
    maxWorkers: Math.max(2, availableParallelism() - 1),
    // Only what hangs takes as long, also on a machine that does much else.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // node:sqlite and type stripping announce themselves as experimental on some of the supported Nodes.
    execArgv: ['--disable-warning=ExperimentalWarning'],
  },
})
