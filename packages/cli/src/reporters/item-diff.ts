import type { ReplayItem } from '@runtape/replay'
import { type DiffPart, diffLines, showValue } from '@runtape/replay/report'

/** Recorded and current output of the code, line by line. */
export function itemDiff({ originalOutput, originalError, result, error }: ReplayItem): DiffPart[] {
  return diffLines(ending(originalOutput, originalError), ending(result, error))
}

const ending = (output: unknown, error: string | null): string =>
  error === null ? showValue(output) : `threw ${error}`
