import { v5, v7 } from 'uuid'
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

// The namespace of ids that are derived from a command.
const commands = '5b0d8f8e-6c0f-4b52-9d55-0c8f3a1f7a64'

// Flags that may differ between shards.
const ofOneShard = ['shard', 'reporter', 'out', 'concurrency', 'store']

/**
 * The test run of a shard without `--test-run`. In CI the same command derives the same id on every machine of the run; elsewhere
 * it is new, and a message explains how the other shards join.
 */
export function testRunOfShard(shard: string, args: Args, env: NodeJS.ProcessEnv = process.env): string {
  const names = ciRuns.find(([first = '']) => env[first])
  if (names) {
    const command = v5(args.textWithout(ofOneShard), commands)
    return [...names.flatMap(name => env[name] ?? []), command].join('-')
  }
  const testRunId = v7()
  printError(`Shard ${shard} of test run ${testRunId}. To add other shards to it: --test-run ${testRunId}.`)
  return testRunId
}
