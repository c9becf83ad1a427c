import type { Trace, Verdict } from '@runtape/core/store'
import type { TraceDiff } from '../../compare/trace-diff.ts'
import type { ReplayItem } from '../../report.ts'
import type { JudgedItem } from '../assess-item.ts'
import { callChanges } from '../call-changes.ts'
import { showCause } from '../show-baseline.ts'
import { showDelta } from '../show-delta.ts'
import { showChange, showCount, showDuration, showTokens } from '../show-number.ts'
import { showValue } from '../show-value.ts'
import { headOf, shortened } from '../visible-text.ts'
import { type Html, html } from './html.ts'
import { attemptsView, endOf } from './page-attempts.ts'
import { callsView } from './page-calls.ts'
import { beside, sideBySide } from './page-diff.ts'
import { mocksView } from './page-mocks.ts'
import { scoresView } from './page-scores.ts'
import { treeView } from './page-tree.ts'

/** What the store has about an item. */
export interface Stored {
  readonly recorded?: Trace
  readonly replayed?: Trace
  /** Why the traces could not be read. */
  readonly problem?: string
  readonly verdict?: Verdict | undefined
}

/** An item: a summary line, and all details behind it. */
export function itemView(judged: JudgedItem, stored: Stored): Html {
  const { item, status, problems } = judged
  const hasCalls = callChanges(item.diff).length > 0
  const kinds = [status, problems.length > 0 && 'problem', hasCalls && 'calls-differ']
    .filter(Boolean)
    .join(' ')
  return html`<details class="item ${kinds}" id="${idOf(item)}">
<summary><span class="pill ${status}">${signs[status]} ${status}</span><span class="about">${aboutOf(item)}</span>
<span class="numbers">${numbersOf(item)}</span>${problems[0] !== undefined && html`<span class="why">${shortened(problems[0], 240)}</span>`}${flagsView(item)}</summary>
<div class="body">
${showCause(item).map(each => html`<p class="note">${each}</p>`)}
${item.outcome === 'unknown' && html`<p class="note">Whether it ended as recorded is unknown: ${item.reason ?? ''}</p>`}
${item.outcome === 'changed' && item.reason !== undefined && html`<p class="note">It ended differently: ${item.reason}.</p>`}
${problems.length > 0 && html`<ul class="problems" aria-label="Why the item does not pass">${problems.map(problem => html`<li>${problem}</li>`)}</ul>`}
${stored.verdict && verdictView(stored.verdict)}
<h3>Input</h3><pre tabindex="0">${inputOf(item.input)}</pre>
${item.given && html`<h3>Input, adapted</h3><pre tabindex="0">${inputOf(item.given)}</pre>`}
<h3>Output</h3>${outputView(item)}
${attemptsView(item)}
${scoresView(item)}
${deltaView(item)}
${mocksView(item.mocks, { inputs: !(stored.recorded && stored.replayed) })}
${tracesView(item, stored)}
<p class="ids">recorded as ${item.sourceTraceId}${item.sourceSpanId !== undefined && `, its span ${item.sourceSpanId}`}${item.traceId !== null && `, replayed as ${item.traceId}`}</p>
</div>
</details>`
}

const signs = { failed: '✗', changed: '≠', unknown: '?', same: '=', stopped: '■' } as const

const idOf = ({ sourceTraceId, sourceSpanId }: ReplayItem): string =>
  sourceSpanId === undefined ? sourceTraceId : `${sourceTraceId}-${sourceSpanId}`

/** The input on one line. */
const aboutOf = ({ input }: ReplayItem): string =>
  headOf((input.length === 0 ? 'no input' : inputOf(input)).replaceAll(/\s+/g, ' '), 240)

function inputOf(input: readonly unknown[]): string {
  return input.length === 1 ? showValue(input[0]) : input.map(showValue).join(',\n')
}

function outputView({ originalOutput, originalError, result, error, outcome }: ReplayItem): Html {
  const [then, now] = [endOf(originalOutput, originalError), endOf(result, error)]
  const view = (originalError === null) === (error === null) ? sideBySide : beside
  const isEqualButNot = then === now && outcome === 'changed'
  return html`${view(then, now, ['recorded', 'replayed'])}${isEqualButNot && html`<p class="note">They look equal here but differ in something not shown: kinds of values, fields of an error, or another attempt.</p>`}`
}

function numbersOf({ replay, delta, tokens, error, same }: ReplayItem): Html[] {
  const number = (text: string, change: string) =>
    html`<span>${text}${change && html` <small>${change}</small>`}</span>`
  // Work that was skipped because of a failure is not a saving.
  const more = error === null || same ? (delta?.tokens ?? null) : null
  const change = more === null || !tokens ? '' : showChange(tokens.total, tokens.total + more)
  return [
    ...(replay.durationMs === null ? [] : [number(showDuration(replay.durationMs), '')]),
    ...(replay.tokens ? [number(`${showTokens(replay.tokens)} tokens`, change)] : []),
  ]
}

/** What to look for in an item, shown before it is opened. */
function flagsView({ mocks, diff, attempts }: ReplayItem): Html | false {
  const {
    added,
    removed,
    reordered,
    changed,
    notSeen = [],
  }: TraceDiff = diff ?? {
    added: [],
    removed: [],
    reordered: [],
    changed: [],
  }
  const count = (list: readonly unknown[], sign: string, what: string) =>
    list.length > 0 && `${sign} ${showCount(list.length)} ${what}`
  const flags = [
    attempts && `${attempts.filter(({ same }) => same).length} of ${attempts.length} attempts the same`,
    count(mocks.missed, '✗', 'missed'),
    count(mocks.drifted, '≈', 'drifted'),
    count(added, '+', added.length === 1 ? 'call added' : 'calls added'),
    count(removed, '−', removed.length === 1 ? 'call removed' : 'calls removed'),
    count(reordered, '⇅', reordered.length === 1 ? 'call reordered' : 'calls reordered'),
    count(changed, '≠', changed.length === 1 ? 'call changed' : 'calls changed'),
    count(notSeen, '…', 'called after the function returned, not seen'),
    count(mocks.overridden, '↷', 'overridden'),
  ].filter(flag => typeof flag === 'string')
  return flags.length > 0 && html`<span class="flags">${flags.map(flag => html`<span>${flag}</span>`)}</span>`
}

function verdictView({ pass, by, comment }: Verdict): Html {
  const who = by === undefined ? 'A person' : by
  return html`<p class="verdict ${pass ? 'same' : 'failed'}">${pass ? '✓' : '✗'} ${who} says: ${pass ? 'passes' : 'does not pass'}${comment && `. ${comment}`}</p>`
}

function deltaView(item: ReplayItem): Html | false {
  const deltas = showDelta(item)
  if (deltas.length === 0) return false
  return html`<h3>Against the recording</h3><ul class="chips">${deltas.map(delta => html`<li>${delta}</li>`)}</ul>`
}

function tracesView(item: ReplayItem, { recorded, replayed, problem }: Stored): Html | false {
  if (problem !== undefined)
    return html`<h3>Calls</h3><p class="note">The traces could not be read: ${problem}</p>`
  if (recorded && replayed) return html`<h3>Calls</h3>${callsView(item, recorded, replayed)}`
  if (!recorded && !replayed) return false
  return html`<h3>Calls</h3>${recorded && treeView(recorded, 'recorded')}${replayed && treeView(replayed, 'replayed')}`
}
