import type { EvaluatorScore } from '../../evaluators/evaluator.ts'
import type { EvaluatorSummary } from '../../evaluators/summarize-scores.ts'
import type { ReplayItem, ReplaySummary } from '../../report.ts'
import { showScore, showSpread } from '../assess-item.ts'
import { showCount } from '../show-number.ts'
import { type Html, html } from './html.ts'

/** The scores of an item, their variance over attempts, and why an evaluator returned none. */
export function scoresView({ scores, scoreErrors = {}, spread = {}, baseline }: ReplayItem): Html | false {
  const given = Object.entries(scores)
  const missing = Object.entries(scoreErrors)
  if (given.length === 0 && missing.length === 0) return false
  return html`<h3>Scores</h3><ul class="chips">${given.map(([name, score]) => (baseline?.excused?.includes(name) ? excusedView(name, score) : scoreView(name, score, spread[name])))}
${missing.map(([name, why]) => html`<li class="failed">✗ ${name} <small>returned no score: ${why}</small></li>`)}</ul>`
}

type SpreadOfItem = NonNullable<ReplayItem['spread']>[string]

function scoreView(name: string, { score, pass, reasoning }: EvaluatorScore, spread?: SpreadOfItem): Html {
  const kind = pass === undefined ? '' : pass ? 'same' : 'failed'
  const sign = pass === undefined ? '' : pass ? '✓ ' : '✗ '
  const about = spread && spread.count > 1 ? showSpread(spread) : reasoning
  return html`<li class="${kind}">${sign}${name} <b>${showScore(score)}</b>${about && html` <small>${about}</small>`}</li>`
}

const excusedView = (name: string, { score }: EvaluatorScore): Html =>
  html`<li>${name} <b>${showScore(score)}</b> <small>does not count: the code before the change differs in the same way</small></li>`

/** Each evaluator's scores over all items, and whether its threshold is met. */
export function scoreTable({ scores }: ReplaySummary): Html | false {
  const rows = Object.entries(scores)
  if (rows.length === 0) return false
  return html`<div class="scroll" tabindex="0"><table class="rows scores"><thead><tr><th scope="col">evaluator</th><th scope="col">result</th><th scope="col">mean score</th><th scope="col">threshold</th><th scope="col">from, to</th><th scope="col">passed</th></tr></thead>
<tbody>${rows.map(([name, summary]) => scoreRow(name, summary))}</tbody></table></div>`
}

function scoreRow(name: string, summary: EvaluatorSummary): Html {
  const { mean, min, max, passed, failed, errors, excused = 0, threshold, count, pass } = summary
  const judged = passed + failed
  const isUnknown = count === 0 && errors === 0 && excused > 0
  return html`<tr><td>${name}</td>
<td class="${pass ? 'same' : isUnknown ? 'unknown' : 'failed'}">${pass ? '✓ met' : isUnknown ? '? unknown' : '✗ not met'}</td>
<td>${count > 0 ? showScore(mean) : 'none'}${errors > 0 && html` <small>${showCount(errors)} without a score</small>`}${excused > 0 && html` <small>${showCount(excused)} not judged</small>`}</td>
<td>${threshold === undefined ? 'every item' : `mean of ${threshold}`}</td>
<td>${count > 0 && `${showScore(min)} – ${showScore(max)}`}</td>
<td>${judged > 0 ? `${showCount(passed)} of ${showCount(judged)}` : '–'}</td></tr>`
}
