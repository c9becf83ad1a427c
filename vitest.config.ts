import { availableParallelism } from 'node:os'
import { defineConfig } from 'vitest/config'
import { LongestFirst } from './scripts/lib/longest-first.mjs'

// `npm test` leaves long tests to continuous integration, unless it is given `--all` or the name of one.
const { RUNTAPE_LONG_TESTS: asked } = process.env
const longTests = asked === 'no' ? ['**/*.long.test.ts'] : []
const exclude = ['**/node_modules/**', '**/dist/**', ...longTests]

const tests = [
  'packages/*/{src,test}/**/*.test.ts',
  'examples/*/**/*.test.ts',
  'bench/**/*.test.ts',
  'soak/**/*.test.ts',
  'tests/**/*.test.ts',
]

// These patch globals for good, measure memory, load several majors of an SDK, or expect what is said once per process: each
// file has a process to itself.
const ownProcess = [
  '{examples,bench,soak,tests}/**/*.test.ts',
  'packages/{replay,vitest,cli,ai-sdk}/**/*.test.ts',
  'packages/*/{src,test}/**/{*-usage,*-warnings,auto,exit,on-exit,replaced-globals,many-streams,large-*,two-copies,unfinished-spans}.test.ts',
  'packages/*/{src,test}/**/*.long.test.ts',
]

export default defineConfig({
  test: {
    pool: 'forks',
    expect: { requireAssertions: true },
    sequence: { sequencer: LongestFirst },
    // Many tests wait for timers, requests or another process; one worker more than cores keeps the cores busy.
    maxWorkers: Math.max(3, availableParallelism()),
    projects: [
      { extends: true, test: { name: 'own process', include: ownProcess, exclude } },
      // Starting a process and loading the packages again costs a quarter of a second per file.
      {
        extends: true,
        test: {
          name: 'shared process',
          include: tests,
          exclude: [...exclude, ...ownProcess],
          isolate: false,
        },
      },
    ],
    // Only what hangs takes as long, also on a machine that does much else.
    testTimeout: 60_000,
    hookTimeout: 60_000,
    // node:sqlite and type stripping announce themselves as experimental on some of the supported Nodes.
    execArgv: ['--disable-warning=ExperimentalWarning'],
  },
})
