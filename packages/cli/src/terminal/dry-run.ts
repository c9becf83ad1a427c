import type { DryRun, DryRunKey } from '@runtape/replay'
import { visibleText } from '@runtape/replay/report'

/** What a replay would miss, as text. */
export function shownDryRun({ traces, keys }: DryRun, beside = '; nothing was run'): string {
  const missed = keys.filter(each => each.missed > 0)
  const head = `${traces} ${traces === 1 ? 'trace' : 'traces'}${beside}`
  if (missed.length === 0) return `${head}: every recorded call can be answered from the tape`
  return [`${head}. A replay would miss:`, ...missed.flatMap(linesOf)].join('\n')
}

/** One key with its reasons. */
function linesOf({ key, calls, missed, reasons }: DryRunKey): string[] {
  const why = Object.entries(reasons).map(([reason, count]) => `    ${count} × ${visibleText(reason)}`)
  return [`  ${visibleText(key)}: ${missed} of ${calls}`, ...why]
}
