import type { Store, TestRun, Trace } from '@runtape/core'
import type { ReplayReport } from '../report.ts'
import { Html, html } from './html.ts'
import { type JudgedItem, judgeItem } from './judge-item.ts'
import { itemView } from './page-item.ts'
import { overview } from './page-overview.ts'
import { contentPolicy, style } from './page-style.ts'

export interface HtmlReportOptions {
  /** Where the traces are, to show them as trees beside each other, and what the test run says about itself. */
  readonly store?: Store
  /** `Replay of <key>` when left out. */
  readonly title?: string
}

// So that the page of ten thousand items still opens: of these the traces are shown, those that matter first.
const maxTrees = 200

/**
 * The report of a replay as one page: a summary, every item with what it gave then and now, both traces, and what was
 * answered from the tape. It loads nothing and runs nothing: there is no script in it, whatever was recorded is text,
 * and its content policy allows nothing else.
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
  const judged = report.items.map(judgeItem)
  const testRun = await options.store?.testRuns.get(report.testRunId)
  const withTree = new Set([...judged].sort(byWeight).slice(0, maxTrees))
  const items: Html[] = []
  for (const each of judged) {
    const traces = withTree.has(each) ? await tracesOf(each, options.store) : {}
    items.push(itemView(each, { ...traces, verdict: testRun?.verdicts[each.item.traceId ?? ''] }))
  }
  return page(report, judged, items, testRun, options.title).markup
}

const weights = { failed: 0, changed: 1, same: 2 } as const

function byWeight(a: JudgedItem, b: JudgedItem): number {
  return b.problems.length - a.problems.length || weights[a.status] - weights[b.status]
}

interface Traces {
  readonly recorded?: Trace
  readonly replayed?: Trace
}

async function tracesOf({ item }: JudgedItem, store: Store | undefined): Promise<Traces> {
  const recorded = await store?.traces.get(item.sourceTraceId)
  const replayed = item.traceId === null ? undefined : await store?.traces.get(item.traceId)
  return { ...(recorded && { recorded }), ...(replayed && { replayed }) }
}

function page(
  report: ReplayReport,
  judged: readonly JudgedItem[],
  items: readonly Html[],
  testRun: TestRun | undefined,
  title = testRun ? `Replay of ${testRun.key}` : 'Replay',
): Html {
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
