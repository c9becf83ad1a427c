import type { ReplayAttempt, ReplayItem } from '../../report.ts'
import { showScore } from '../assess-item.ts'
import { showDuration, showTokens } from '../show-number.ts'
import { showValue } from '../show-value.ts'
import { type Html, html } from './html.ts'
import { beside, sideBySide } from './page-diff.ts'

const maxOutputs = 20

/** Several replays of one trace, one row each, with their outputs. */
export function attemptsView(item: ReplayItem): Html | false {
  const { attempts = [], spread = {} } = item
  if (attempts.length === 0) return false
  const names = Object.keys(spread)
  return html`<h3>Attempts</h3><div class="scroll" tabindex="0"><table class="rows"><thead><tr><th scope="col">attempt</th><th scope="col">ended</th>${names.map(name => html`<th scope="col">${name}</th>`)}<th scope="col">duration</th><th scope="col">tokens</th></tr></thead>
<tbody>${attempts.map((attempt, index) => row(attempt, index, names))}</tbody></table></div>
${attempts.slice(1, maxOutputs).map((attempt, index) => outputView(item, attempt, index + 2))}`
}

function row(attempt: ReplayAttempt, index: number, names: readonly string[]): Html {
  const { outcome, scores, replay } = attempt
  const score = (name: string) => {
    const found = scores[name]
    return found
      ? `${showScore(found.score)}${passText(found.pass)}`
      : attempt.scoreErrors?.[name]
        ? 'none'
        : ''
  }
  return html`<tr><td>${index + 1}</td><td class="${outcome}">${outcome}</td>${names.map(name => html`<td>${score(name)}</td>`)}
<td>${replay.durationMs === null ? '' : showDuration(replay.durationMs)}</td><td>${replay.tokens && showTokens(replay.tokens)}</td></tr>`
}

const passText = (pass: boolean | undefined): string => (pass === undefined ? '' : pass ? ' ✓' : ' ✗')

/** An attempt's output, if it differs from the first one's, which is shown above. */
function outputView(item: ReplayItem, { result, error }: ReplayAttempt, number: number): Html | false {
  const [first, now] = [endOf(item.result, item.error), endOf(result, error)]
  if (first === now) return false
  const view = (item.error === null) === (error === null) ? sideBySide : beside
  return html`<details class="values"><summary>attempt ${number} differs from the first</summary>${view(first, now, ['attempt 1', `attempt ${number}`])}</details>`
}

/** What a call returned or threw. */
export const endOf = (output: unknown, error: string | null): string =>
  error === null ? showValue(output) : `threw ${error}`
