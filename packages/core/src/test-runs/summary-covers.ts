import type { TestRunResult } from '../store/test-runs.ts'

/** Number of items in a summary; the summary over most of them is the one to keep, the later of two that are equal. */
export const summaryCovers = ({ summary }: TestRunResult): number =>
  summary ? summary.total - summary.notRun : -1
