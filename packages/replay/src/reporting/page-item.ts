import type { Trace, Verdict } from '@runtape/core'
import type { EvaluatorScore } from '../evaluators.ts'
import type { MockedCall, MockReport } from '../mock-report.ts'
import type { ReplayItem } from '../report.ts'
import { type Html, html } from './html.ts'
import type { JudgedItem } from './judge-item.ts'
import { beside, sideBySide } from './page-diff.ts'
import { treeView } from './page-tree.ts'
import { showChange, showCount, showDuration, showTokens } from './show-number.ts'
import { showValue } from './show-value.ts'

interface Beside {
  readonly recorded?: Trace
  readonly replayed?: Trace
  readonly verdict?: Verdict | undefined
}

/** An item: a line that says how it stands, and behind it everything about it. */
export function itemView(judged: JudgedItem, traces: Beside): Html {
  const { item, status, problems } = judged
  const kinds = [status, problems.length > 0 && 'problem'].filter(Boolean).join(' ')
  return html`<details class="item ${kinds}" id="${item.sourceTraceId}">
<summary><span class="pill ${status}">${status}</span><span class="about">${aboutOf(item)}</span>
<span class="numbers">${numbersOf(item)}</span></summary>
<div class="body">
${problems.length > 0 && html`<ul class="problems">${problems.map(problem => html`<li>${problem}</li>`)}</ul>`}
${traces.verdict && verdictView(traces.verdict)}
<h3>Input</h3><pre>${inputOf(item)}</pre>
<h3>Output</h3>${outputView(item)}
${scoresView(item.scores)}
${mocksView(item.mocks)}
${treesView(traces)}
<p class="ids">recorded as ${item.sourceTraceId}${item.traceId !== null && `, replayed as ${item.traceId}`}</p>
</div>
</details>`
}

/** The input on one line. */
const aboutOf = ({ input }: ReplayItem): string => inputOf({ input }).replaceAll(/\s+/g, ' ').slice(0, 240)

function inputOf({ input }: Pick<ReplayItem, 'input'>): string {
  return input.length === 1 ? showValue(input[0]) : input.map(showValue).join(',\n')
}

function outputView({ originalOutput, originalError, result, error }: ReplayItem): Html {
  const view = (originalError === null) === (error === null) ? sideBySide : beside
  return view(endOf(originalOutput, originalError), endOf(result, error), ['recorded', 'replayed'])
}

const endOf = (output: unknown, error: string | null): string =>
  error === null ? showValue(output) : `threw ${error}`

function numbersOf({ durationMs, tokens, replay }: ReplayItem): Html[] {
  const number = (text: string, change: string) =>
    html`<span>${text}${change && html` <small>${change}</small>`}</span>`
  return [
    ...(replay.durationMs === null
      ? []
      : [
          number(
            showDuration(replay.durationMs),
            durationMs === null ? '' : showChange(durationMs, replay.durationMs),
          ),
        ]),
    ...(replay.tokens
      ? [number(showTokens(replay.tokens), tokens ? showChange(tokens.total, replay.tokens.total) : '')]
      : []),
  ]
}

function verdictView({ pass, by, comment }: Verdict): Html {
  const who = by === undefined ? 'A person' : by
  return html`<p class="verdict ${pass ? 'same' : 'failed'}">${who} says: ${pass ? 'passes' : 'does not pass'}${comment && `. ${comment}`}</p>`
}

function scoresView(scores: ReplayItem['scores']): Html | false {
  const entries = Object.entries(scores)
  if (entries.length === 0) return false
  return html`<h3>Scores</h3><ul class="chips">${entries.map(([name, score]) => scoreView(name, score))}</ul>`
}

function scoreView(name: string, { score, pass, reasoning }: EvaluatorScore): Html {
  const kind = pass === undefined ? '' : pass ? 'same' : 'failed'
  return html`<li class="${kind}">${name} <b>${Number(score.toFixed(3))}</b>${reasoning && html` <small>${reasoning}</small>`}</li>`
}

const lists: readonly (readonly [list: keyof MockReport, title: string, kind: string])[] = [
  ['missed', 'not on the tape', 'failed'],
  ['drifted', 'answered, with another input', 'changed'],
  ['served', 'answered from the tape', 'same'],
  ['unused', 'on the tape, never asked for', ''],
]

function mocksView(mocks: MockReport): Html | false {
  const shown = lists.filter(([list]) => mocks[list].length > 0)
  if (shown.length === 0) return false
  return html`<h3>Mocked calls</h3><ul class="mocks">${shown.map(
    ([list, title, kind]) =>
      html`<li class="${kind}"><b>${showCount(mocks[list].length)}</b> ${title}: ${namesOf(mocks[list])}</li>`,
  )}</ul>`
}

/** Each name once, with how often. */
function namesOf(calls: readonly MockedCall[]): string {
  const counts = new Map<string, number>()
  for (const { key, name } of calls) {
    const shown = key === name ? key : `${key} · ${name}`
    counts.set(shown, (counts.get(shown) ?? 0) + 1)
  }
  const names = Array.from(counts, ([name, count]) => (count === 1 ? name : `${name} ×${showCount(count)}`))
  return names.length <= 20
    ? names.join(', ')
    : `${names.slice(0, 20).join(', ')} and ${names.length - 20} more`
}

function treesView({ recorded, replayed }: Beside): Html | false {
  if (!recorded && !replayed) return false
  return html`<h3>Traces</h3><div class="trees">${recorded && treeView(recorded, 'recorded')}${replayed && treeView(replayed, 'replayed')}</div>`
}
