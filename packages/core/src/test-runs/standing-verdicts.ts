import type { RecordedVerdict, Verdict } from '../store/test-runs.ts'

/**
 * The verdict that counts for each trace: the newest that was not withdrawn, of all people. The others stay in the history, so
 * that the second reviewer sees the first one's.
 *
 * @param history in order of arrival
 */
export function standingVerdicts(history: readonly RecordedVerdict[]): Record<string, Verdict> {
  const standing: Record<string, Verdict> = {}
  for (const { traceId, withdrawn, ...verdict } of history) if (!withdrawn) standing[traceId] = verdict
  return standing
}
