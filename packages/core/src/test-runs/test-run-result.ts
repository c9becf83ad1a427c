import type { TestRun, TestRunResult } from '../store/test-runs/test-runs.ts'

/** Number of items in a summary. */
const covers = ({ summary }: TestRunResult): number => (summary ? summary.total - summary.notRun : -1)

/**
 * Result of a test run, from the results of its parts in order. The summary over the most items is kept, because a part
 * that ends later may have read the items earlier. If a part ended twice, its last result counts.
 */
export function testRunResult(
  results: readonly TestRunResult[],
): Pick<TestRun, 'summary' | 'outside' | 'cutShort' | 'facts'> {
  const best = results.reduce<TestRunResult>((best, each) => (covers(each) >= covers(best) ? each : best), {})
  const parts = new Map(results.map(result => [result.shard ?? '', result]))
  const outside = [...parts.values()].flatMap(part => part.outside ?? [])
  const facts = [...parts].flatMap(([shard, part]) => (part.facts ? [[shard, part.facts] as const] : []))
  return {
    ...(best.summary && { summary: best.summary }),
    ...(outside.length > 0 && { outside }),
    ...([...parts.values()].some(part => part.cutShort) && { cutShort: true }),
    ...(facts.length > 0 && { facts: Object.fromEntries(facts) }),
  }
}
