import type { RecordedVerdict, Verdict } from '../store/test-runs/test-runs.ts'

/**
 * The verdict that counts for each trace: the newest one by anyone that was not withdrawn. The others stay in the history
 * for other reviewers to see.
 *
 * @param history in order of arrival
 */
export function standingVerdicts(history: readonly RecordedVerdict[]): Record<string, Verdict> {
  const standing: Record<string, Verdict> = {}
  for (const { traceId, withdrawn, ...verdict } of history) if (!withdrawn) standing[traceId] = verdict
  return standing
}
