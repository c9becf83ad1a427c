import { createHash } from 'node:crypto'
import { newRunId } from '@runtape/core/internal'
import { printError } from '../terminal/print.ts'
import type { Args } from './args.ts'

// Environment variables shared by the jobs of one run, by CI service.
const ciRuns: readonly (readonly string[])[] = [
  ['GITHUB_RUN_ID', 'GITHUB_RUN_ATTEMPT'],
  ['CI_PIPELINE_ID'],
  ['BUILDKITE_BUILD_ID'],
  ['CIRCLE_WORKFLOW_ID'],
  ['BUILD_BUILDID'],
  ['BUILD_TAG'],
]

// Flags that may differ between shards.
const ofOneShard = ['shard', 'reporter', 'out', 'concurrency', 'store']

/**
 * The test run of a shard without `--test-run`. In CI the same command derives the same id on every machine of the run; elsewhere
 * it is new, and a message explains how the other shards join.
 */
export function testRunOfShard(shard: string, args: Args, env: NodeJS.ProcessEnv = process.env): string {
  const names = ciRuns.find(([first = '']) => env[first])
  if (names) {
    const command = createHash('sha256').update(args.textWithout(ofOneShard)).digest('hex').slice(0, 12)
    return [...names.flatMap(name => env[name] ?? []), command].join('-')
  }
  const testRunId = newRunId()
  printError(`Shard ${shard} of test run ${testRunId}. To add other shards to it: --test-run ${testRunId}.`)
  return testRunId
}
