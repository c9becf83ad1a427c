import { messageOf } from '@runtape/core/internal'
import type { Store, TestRun, Trace } from '@runtape/core/store'
import type { ReplayItem, ReplayReport } from '../../report.ts'
import { assessReport, type JudgedReport } from '../assess-report.ts'
import { byWeight } from '../item-order.ts'
import { Html, html } from './html.ts'
import { itemView, type Stored } from './page-item.ts'
import { overview } from './page-overview.ts'
import { contentPolicy, style } from './page-style.ts'

export interface HtmlReportOptions {
  /** The store of the traces, to show their calls side by side, and of the test run's description. */
  readonly store?: Store
  /** Default: `Replay of <key>`. */
  readonly title?: string
}

// Only for this many items are traces shown, the most relevant first, so that a page of ten thousand items still opens.
const maxTrees = 200

/**
 * The report of a replay as one page: a summary, every item with its recorded and current output, the calls of both traces side
 * by side, and what was answered from the tape. It loads and runs nothing: it has no script, recorded values are text, and its
 * content policy allows nothing else.
 *
 * @example
 * ```ts
 * import { writeFileSync } from 'node:fs'
 * import { replay } from '@runtape/replay'
 * import { htmlReport } from '@runtape/replay/report'
 * import { sqliteStore } from '@runtape/store-sqlite'
 * import { traced } from '@runtape/trace'
 *
 * const store = sqliteStore('runtape.db')
 * const answer = traced('support.answer', async (question: string) => question.toUpperCase())
 * const report = await replay(answer, { store, mock: 'marked' })
 * writeFileSync('report.html', await htmlReport(report, { store }))
 * ```
 */
export async function htmlReport(report: ReplayReport, options: HtmlReportOptions = {}): Promise<string> {
  const { store, title } = options
  const judged = assessReport(report)
  const testRun = await store?.testRuns.get(report.testRunId)
  const ordered = byWeight(judged.items)
  const withTree = new Set(ordered.slice(0, maxTrees))
  const items: Html[] = []
  for (const each of ordered) {
    const traces = withTree.has(each) ? await tracesOf(each.item, store) : {}
    const verdict = testRun?.verdicts[each.item.traceId ?? ''] ?? each.item.verdict
    items.push(itemView(each, { ...traces, verdict }))
  }
  return page(judged, items, { report, testRun, title }).markup
}

/** If a trace cannot be read, only its own tree is missing. */
async function tracesOf(item: ReplayItem, store: Store | undefined): Promise<Stored> {
  try {
    const recorded = await recordedOf(item, store)
    const replayed = item.traceId === null ? undefined : await store?.traces.get(item.traceId)
    return { ...(recorded && { recorded }), ...(replayed && { replayed }) }
  } catch (error) {
    return { problem: messageOf(error) }
  }
}

/** From the replayed call on. */
async function recordedOf(
  { sourceTraceId, sourceSpanId }: ReplayItem,
  store: Store | undefined,
): Promise<Trace | undefined> {
  const trace = await store?.traces.get(sourceTraceId)
  const root = trace?.spans.find(({ spanId }) => spanId === sourceSpanId)
  return trace && root ? { ...trace, root } : trace
}

interface PageFacts {
  readonly report: ReplayReport
  readonly testRun: TestRun | undefined
  readonly title: string | undefined
}

function page(
  judged: JudgedReport,
  items: readonly Html[],
  { report, testRun, title: given }: PageFacts,
): Html {
  const title = given ?? (testRun ? `Replay of ${testRun.key}` : 'Replay')
  return html`<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta http-equiv="Content-Security-Policy" content="${contentPolicy}">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="referrer" content="no-referrer">
<title>${title}</title>
<style>${new Html(style)}</style>
</head>
<body>
<main>
${overview(report, judged, testRun, title)}
<section class="items" aria-label="Items">
${items}
</section>
</main>
</body>
</html>
`
}
