import { addUsage, type TestRun, type TokenUsage } from '@runtape/core'
import type { ReplayItem, ReplayReport } from '../report.ts'
import { type Html, html } from './html.ts'
import type { ItemStatus, JudgedItem } from './judge-item.ts'
import { codeChangeView } from './page-code-change.ts'
import { showChange, showCount, showDuration, showTokens } from './show-number.ts'

/** What the whole replay came to, and what the list below can be narrowed to. */
export function overview(
  report: ReplayReport,
  judged: readonly JudgedItem[],
  testRun: TestRun | undefined,
  title: string,
): Html {
  return html`
<header>
<p class="eyebrow">Runtape</p>
<h1>${title}</h1>
${testRun?.codeChangeDescription !== undefined && html`<p class="lede">${testRun.codeChangeDescription}</p>`}
<p class="meta">${metaOf(report, testRun).map(fact => html`<span>${fact}</span>`)}</p>
</header>
${codeChangeView(testRun)}
<section class="summary" aria-label="Summary">
${shares(judged)}
<dl class="tiles">${tiles(report, judged)}</dl>
${scoreTable(report.items)}
</section>
${filters(judged)}`
}

function metaOf({ testRunId, testRunUrl }: ReplayReport, testRun: TestRun | undefined): string[] {
  return [
    testRun && `${new Date(testRun.startedAt).toISOString().slice(0, 19).replace('T', ' ')} UTC`,
    `test run ${testRunId}`,
    testRun?.experimentGroupId !== undefined && `experiment ${testRun.experimentGroupId}`,
    testRun?.status === 'interrupted' && 'interrupted: not all items ran',
    testRunUrl,
  ].filter(fact => typeof fact === 'string')
}

const kinds: readonly ItemStatus[] = ['failed', 'changed', 'same']

const countOf = (judged: readonly JudgedItem[], kind: ItemStatus): number =>
  judged.filter(({ status }) => status === kind).length

/** The three kinds of items as parts of one line. */
function shares(judged: readonly JudgedItem[]): Html {
  const total = Math.max(judged.length, 1)
  let at = 0
  const parts = kinds.map(kind => {
    const width = (countOf(judged, kind) / total) * 100
    const from = at
    at += width
    return html`<rect class="${kind}" x="${from}" y="0" width="${width}" height="1"/>`
  })
  return html`<svg class="shares" viewBox="0 0 100 1" preserveAspectRatio="none" aria-hidden="true">${parts}</svg>`
}

function tiles({ items, summary }: ReplayReport, judged: readonly JudgedItem[]): Html[] {
  const tile = (label: string, value: string, note: string | false = false, kind = '') =>
    html`<div class="${kind}"><dt>${label}</dt><dd>${value}${note && html` <small>${note}</small>`}</dd></div>`
  const both = items.filter(item => item.durationMs !== null && item.replay.durationMs !== null)
  const then = sum(both.map(item => item.durationMs ?? 0))
  const now = sum(both.map(item => item.replay.durationMs ?? 0))
  const { drifted, missed, unused } = summary
  return [
    tile('items', showCount(summary.total)),
    ...kinds.map(kind => tile(kind, showCount(countOf(judged, kind)), false, kind)),
    tile('from the tape', showCount(summary.served), drifted > 0 && `${showCount(drifted)} drifted`),
    tile('not on the tape', showCount(missed), unused > 0 && `${showCount(unused)} never used`),
    tile('time', showDuration(now), showChange(then, now)),
    ...tokenTile(items, tile),
  ]
}

function tokenTile(
  items: readonly ReplayItem[],
  tile: (label: string, value: string, note: string | false) => Html,
): Html[] {
  const then = sumUsage(items.map(item => item.tokens))
  const now = sumUsage(items.map(item => item.replay.tokens))
  if (!now) return []
  return [tile('tokens, in → out', showTokens(now), then ? showChange(then.total, now.total) : false)]
}

const sum = (numbers: readonly number[]): number => numbers.reduce((a, b) => a + b, 0)

const sumUsage = (usages: readonly (TokenUsage | null)[]): TokenUsage | null =>
  usages.reduce((a, b) => (a && b ? addUsage(a, b) : (a ?? b)), null)

function scoreTable(items: readonly ReplayItem[]): Html | false {
  const names = [...new Set(items.flatMap(({ scores }) => Object.keys(scores)))]
  if (names.length === 0) return false
  return html`<table class="scores"><thead><tr><th>evaluator</th><th>passed</th><th>mean score</th></tr></thead>
<tbody>${names.map(name => scoreRow(name, items))}</tbody></table>`
}

function scoreRow(name: string, items: readonly ReplayItem[]): Html {
  const scores = items.flatMap(item => item.scores[name] ?? [])
  const judged = scores.filter(({ pass }) => pass !== undefined)
  const passed = judged.filter(({ pass }) => pass).length
  const mean = sum(scores.map(({ score }) => score)) / scores.length
  const kind = passed < judged.length ? 'failed' : 'same'
  return html`<tr><td>${name}</td>
<td class="${kind}">${judged.length > 0 ? `${showCount(passed)} of ${showCount(judged.length)}` : '–'}</td>
<td>${mean.toFixed(2)}</td></tr>`
}

function filters(judged: readonly JudgedItem[]): Html {
  const failing = judged.filter(({ problems }) => problems.length > 0).length
  const choice = (id: string, label: string, count: number, checked = false) =>
    html`<input type="radio" name="show" id="show-${id}" ${checked && 'checked'}><label for="show-${id}">${label} <b>${showCount(count)}</b></label>`
  return html`<nav class="filters" aria-label="Which items to show">
${choice('all', 'All', judged.length, true)}
${choice('problem', 'Regressions', failing)}
${kinds.map(kind => choice(kind, kind, countOf(judged, kind)))}
</nav>`
}
