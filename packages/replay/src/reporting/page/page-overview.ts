import type { TestRun } from '@runtape/core/store'
import type { ReplayReport, ReplaySummary } from '../../report.ts'
import type { ItemStatus, JudgedItem } from '../assess-item.ts'
import type { JudgedReport } from '../assess-report.ts'
import { callChanges, commonCallChanges } from '../call-changes.ts'
import { showBaseline } from '../show-baseline.ts'
import { showCohort } from '../show-cohort.ts'
import { showDeltas } from '../show-delta.ts'
import { showSpending } from '../show-limits.ts'
import { showCount } from '../show-number.ts'
import { type Html, html } from './html.ts'
import { codeChangeView } from './page-code-change.ts'
import { scoreTable } from './page-scores.ts'

/** Summary of the replay, and filters for the list below. */
export function overview(
  report: ReplayReport,
  judged: JudgedReport,
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
${outcomeView(report, judged)}
${codeChangeView(testRun)}
<section class="summary" aria-label="Summary">
${shares(judged)}
<dl class="tiles" aria-label="Items">${itemTiles(report, judged)}</dl>
<dl class="tiles" aria-label="Mocked calls">${callTiles(report)}</dl>
${showBaseline(report.summary).map(each => html`<p class="deltas">${each}</p>`)}
${deltaView(report)}
${showSpending(report.spending).map(each => html`<p class="deltas">${each}</p>`)}
${scoreTable(report.summary)}
${callsView(report)}
</section>
${filters(judged)}`
}

function metaOf({ testRunId, testRunUrl, cohort }: ReplayReport, testRun: TestRun | undefined): string[] {
  return [
    testRun && `${new Date(testRun.startedAt).toISOString().slice(0, 19).replace('T', ' ')} UTC`,
    `test run ${testRunId}`,
    cohort && showCohort(cohort),
    testRun?.branch !== undefined && `branch ${testRun.branch}`,
    testRun?.commit !== undefined && `commit ${testRun.commit.slice(0, 12)}`,
    testRun?.experimentGroupId !== undefined && `experiment ${testRun.experimentGroupId}`,
    testRunUrl,
  ].filter(fact => typeof fact === 'string')
}

/** One sentence on whether the replay passes, and why not. */
function outcomeView({ status, summary }: ReplayReport, judged: JudgedReport): Html {
  const { items, problems, missing, unreached, outside, pass } = judged
  const against = items.filter(item => item.problems.length > 0).length
  const said = [...missing, ...unreached, ...problems, ...outside]
  const kind = status === 'interrupted' ? 'changed' : pass ? 'same' : 'failed'
  return html`<div class="outcome ${kind}"><p>${sentence(status, pass, against, items.length)}${pass && unjudged(summary, judged)}</p>
${said.length > 0 && html`<ul>${said.map(each => html`<li>${each}</li>`)}</ul>`}</div>`
}

function sentence(status: ReplayReport['status'], pass: boolean, against: number, all: number): string {
  const items = `${showCount(against)} of ${showCount(all)} ${all === 1 ? 'item' : 'items'}`
  const verb = against === 1 ? 'does' : 'do'
  if (status === 'interrupted') return `⚠ Interrupted. ${items} that had started ${verb} not pass.`
  if (pass) return '✓ The replay passes.'
  return against === 0 ? '✗ Each item passes, but the replay does not:' : `✗ ${items} ${verb} not pass.`
}

/** Without an evaluator only failures count: what that leaves open. */
function unjudged({ scores }: ReplaySummary, { counts }: JudgedReport): string {
  const open = (['changed', 'unknown'] as const).filter(kind => counts[kind] > 0)
  if (open.length === 0 || Object.keys(scores).length > 0) return ''
  const said = open.map(kind => `${showCount(counts[kind])} ${kind}`).join(' and ')
  return ` No evaluator judged the outputs: ${said}.`
}

const kinds: readonly ItemStatus[] = ['failed', 'unknown', 'changed', 'stopped', 'same']

const kindsOf = ({ counts }: JudgedReport): readonly ItemStatus[] =>
  kinds.filter(kind => (kind !== 'stopped' && kind !== 'unknown') || counts[kind] > 0)

/** The kinds of items as parts of one bar. */
function shares({ items, counts }: JudgedReport): Html {
  const total = Math.max(items.length, 1)
  let at = 0
  const parts = kinds.map(kind => {
    const width = (counts[kind] / total) * 100
    const from = at
    at += width
    return html`<rect class="${kind}" x="${from}" y="0" width="${width}" height="1"/>`
  })
  return html`<svg class="shares" viewBox="0 0 100 1" preserveAspectRatio="none" aria-hidden="true">${parts}</svg>`
}

const tile = (label: string, count: number, kind = '', about = ''): Html =>
  html`<div class="${count > 0 && kind}"><dt>${label}</dt><dd>${showCount(count)}</dd>${about !== '' && html`<dd class="gloss">${about}</dd>`}</div>`

function itemTiles({ summary: { total, notRun } }: ReplayReport, judged: JudgedReport): Html[] {
  return [
    tile('items', total),
    ...kindsOf(judged).map(kind => tile(kind, judged.counts[kind], kind)),
    ...(notRun > 0 ? [tile('not started', notRun, 'changed')] : []),
  ]
}

function callTiles({ summary }: ReplayReport): Html[] {
  const { served, drifted, missed, unused, overridden, unknownInputs, unlikeThis = 0 } = summary
  return [
    tile('served', served, '', 'answered from the tape'),
    tile('drifted', drifted, 'changed', 'answered, with a different input'),
    tile('missed', missed, 'failed', 'no answer on the tape'),
    tile('unused', unused, 'changed', 'recorded, but not called'),
    ...(overridden > 0 ? [tile('overridden', overridden, '', 'answered by an override')] : []),
    ...(unknownInputs > 0
      ? [tile('unknown input', unknownInputs, 'unknown', 'served, input not comparable')]
      : []),
    ...(unlikeThis > 0 ? [tile('unlike this', unlikeThis, 'unknown', 'on a different object')] : []),
  ]
}

function deltaView({ items }: ReplayReport): Html | false {
  const deltas = showDeltas(items)
  return (
    deltas.length > 0 &&
    html`<p class="deltas">Against the recording: ${deltas.map(delta => html`<b>${delta}</b>`)}</p>`
  )
}

const maxChanges = 12

/** Effects of the change on the calls of all items. */
function callsView({ items }: ReplayReport): Html | false {
  const changes = commonCallChanges(items)
  if (changes.length === 0) return false
  const hidden = changes.length - maxChanges
  return html`<h3>Calls that differ</h3><ul class="chips">${changes
    .slice(0, maxChanges)
    .map(
      ({ change, items }) =>
        html`<li><code>${change}</code> <small>in ${showCount(items)} ${items === 1 ? 'item' : 'items'}</small></li>`,
    )}${hidden > 0 && html`<li>… and ${showCount(hidden)} more</li>`}</ul>`
}

function filters(judged: JudgedReport): Html {
  const { items, counts } = judged
  const count = (is: (item: JudgedItem) => boolean) => items.filter(is).length
  const choice = (id: string, label: string, number: number, checked = false) =>
    html`<input type="radio" name="show" id="show-${id}" ${checked && 'checked'}><label for="show-${id}">${label} <b>${showCount(number)}</b></label>`
  return html`<nav class="filters" aria-label="Which items to show">
${choice('all', 'All', items.length, true)}
${choice(
  'problem',
  'Not passed',
  count(({ problems }) => problems.length > 0),
)}
${kindsOf(judged).map(kind => choice(kind, kind, counts[kind]))}
${choice(
  'calls',
  'Calls differ',
  count(({ item }) => callChanges(item.diff).length > 0),
)}
</nav>`
}
