import type { Payload, SpanRecord } from '@runtape/core'
import type { Trace } from '@runtape/core/store'
import { decodeValue } from '@runtape/trace'
import type { ReplayItem } from '../../report.ts'
import { type AlignedCall, alignTraces } from '../align-traces.ts'
import type { CallChangeKind } from '../call-changes.ts'
import { elideUnchanged, type ShownCall } from '../elide-unchanged.ts'
import { showCount, showDuration, showTokens } from '../show-number.ts'
import { showValue } from '../show-value.ts'
import { headOf, shortened } from '../visible-text.ts'
import { type Html, html } from './html.ts'
import { sideBySide } from './page-diff.ts'
import { indent, isStub, statusOf, timeline } from './page-tree.ts'

const maxShownValues = 25

/** Both traces of an item as one tree, one line per call; differences are marked in words and in colour. */
export function callsView(item: ReplayItem, recorded: Trace, replayed: Trace): Html {
  const diff = item.diff ?? { added: [], removed: [], reordered: [], changed: [] }
  const lines = elideUnchanged(alignTraces(recorded, replayed, diff))
  const withValues = new Set(lines.filter(hasValues).slice(0, maxShownValues))
  const view = { item, recorded: recorded.root, replayed: replayed.root, withValues }
  return html`<div class="calls"><p class="line head" aria-hidden="true"><span>call</span><span>recorded</span><span>replayed</span></p>
<ol>${lines.map(line => (typeof line === 'number' ? gap(line) : lineView(line, view)))}</ol></div>`
}

interface View {
  readonly item: ReplayItem
  readonly recorded: SpanRecord
  readonly replayed: SpanRecord
  readonly withValues: ReadonlySet<ShownCall>
}

const hasValues = (call: ShownCall): boolean => typeof call !== 'number' && call.parts.length > 0

const gap = (calls: number): Html =>
  html`<li class="more">${calls === 1 ? '1 call' : `${showCount(calls)} calls`} without a change</li>`

function lineView(call: AlignedCall, view: View): Html {
  const { before, after, depth, changes, answeredUnder } = call
  const { key = '', name = '' } = after ?? before ?? {}
  return html`<li class="${changes.join(' ')}"><div class="line in-${indent(depth)}">
<span class="call"><span class="key">${name === key ? key : `${key} · ${name}`}</span>${changes.map(kind => mark(kind, call))}${answerTag(call, view)}${
    answeredUnder > 0 &&
    html` <small>with ${answeredUnder === 1 ? 'the call' : `the ${showCount(answeredUnder)} calls`} under it</small>`
  }</span>
${sideView('recorded', before, view.recorded)}
${sideView('replayed', after, view.replayed)}</div>
${view.withValues.has(call) && valuesView(call)}</li>`
}

const words: Readonly<Record<CallChangeKind, string>> = {
  added: '+ added',
  removed: '− removed',
  reordered: '⇅ reordered',
  notSeen: '…',
  changed: '≠',
  unknown: '? not comparable',
}

const mark = (kind: CallChangeKind, { parts }: AlignedCall): Html =>
  html` <span class="mark ${kind}">${words[kind]}${kind === 'changed' && ` ${parts.join(' and ')} changed`}</span>`

function answerTag({ after }: AlignedCall, { item }: View): Html | false {
  if (!after?.replay?.mocked) return false
  const { sourceSpanId } = after.replay
  const isOverridden = item.mocks.overridden.some(
    call => call.sourceSpanId === sourceSpanId && call.key === after.key,
  )
  return html` <span class="tag">${isOverridden ? 'overridden' : 'from the tape'}</span>`
}

function sideView(title: string, span: SpanRecord | undefined, root: SpanRecord): Html {
  if (!span) return html`<span class="side none"><span class="which">${title}</span> not made</span>`
  const { durationMs, usage, model, status } = span
  const facts = [
    !isStub(span) && showDuration(durationMs),
    usage && `${showTokens(usage)} tokens`,
    model,
  ].filter(Boolean)
  return html`<span class="side ${status !== 'ok' && 'bad'}"><span class="which">${title}</span> ${facts.join(' · ')}${resultOf(span)}${timeline(span, root)}</span>`
}

function resultOf(span: SpanRecord): Html | false {
  const { status, error } = span
  if (status === 'ok') return false
  const ending = error
    ? `${status === 'error' ? 'threw ' : ''}${error.name}: ${error.message}`
    : statusOf(span)
  return html` <span class="ending">${shortened(ending, 240)}</span>`
}

/** The differing parts of a changed call, side by side. */
function valuesView({ before, after, parts }: AlignedCall): Html[] {
  return parts.map(part => {
    const [then, now] = [valueOf(before, part), valueOf(after, part)]
    return html`<details class="values"><summary>${part}, recorded and replayed</summary>${sideBySide(then, now, ['recorded', 'replayed'])}</details>`
  })
}

const maxCharacters = 6000

function valueOf(span: SpanRecord | undefined, part: 'input' | 'output' | 'error'): string {
  const payload = part === 'error' ? span?.error?.value : span?.[part]
  if (!payload) return part === 'error' ? 'threw nothing' : 'nothing'
  const text = shown(payload, part === 'input')
  return text.length <= maxCharacters ? text : `${headOf(text, maxCharacters)}\n… cut`
}

function shown(payload: Payload, isInput: boolean): string {
  if (payload.truncated !== undefined) return `too large to keep (${showCount(payload.truncated)} bytes)`
  try {
    const value = decodeValue(payload)
    return isInput && Array.isArray(value) ? value.map(showValue).join(',\n') : showValue(value)
  } catch {
    return payload.json
  }
}
