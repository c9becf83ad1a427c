import type { SpanRecord } from '@runtape/core'
import { droppedTag } from '@runtape/core/internal'
import type { Trace } from '@runtape/core/store'
import { showCount, showDuration, showTokens } from '../show-number.ts'
import { type Html, html } from './html.ts'

const maxLines = 150
const maxChildren = 25
const maxIndent = 12

/** A trace as a list of calls, indented by depth, each with its time span. */
export function treeView({ root, spans }: Trace, title: string): Html {
  const childrenOf = Map.groupBy(spans, span => span.parentSpanId)
  const lines: Html[] = []
  const waiting: (readonly [SpanRecord, number] | Html)[] = [[root, 0]]
  for (let next = waiting.pop(); next && lines.length < maxLines; next = waiting.pop()) {
    if (!isLine(next)) {
      lines.push(next)
      continue
    }
    const [span, depth] = next
    lines.push(lineView(span, depth, root))
    const children = childrenOf.get(span.spanId) ?? []
    const hidden = children.length - maxChildren
    if (hidden > 0)
      waiting.push(html`<li class="more in-${indent(depth + 1)}">… ${showCount(hidden)} more</li>`)
    for (const child of children.slice(0, maxChildren).reverse()) waiting.push([child, depth + 1])
  }
  const rest = waiting.length > 0 && html`<li class="more">… of ${showCount(spans.length)} calls</li>`
  return html`<section class="tree"><h4>${title}</h4><ol>${lines}${rest}</ol></section>`
}

const isLine = (next: readonly [SpanRecord, number] | Html): next is readonly [SpanRecord, number] =>
  Array.isArray(next)

export const indent = (depth: number): number => Math.min(depth, maxIndent)

function lineView(span: SpanRecord, depth: number, root: SpanRecord): Html {
  const { key, name, status, error, durationMs, usage, model, replay } = span
  const facts = [
    !isStub(span) && showDuration(durationMs),
    usage && `${showTokens(usage)} tokens`,
    model,
  ].filter(Boolean)
  return html`<li class="in-${indent(depth)} ${status === 'error' && 'failed'}">
<span class="call">${name === key ? key : `${key} · ${name}`}</span>
${replay?.mocked && html`<span class="tag">mocked</span>`}
${status !== 'ok' && html`<span class="tag bad" title="${error?.message ?? ''}">${error?.name ?? statusOf(span)}</span>`}
<span class="facts">${facts.join(' · ')}</span>
${timeline(span, root)}</li>`
}

/** How the call ended, or that only its stub is known. */
export const statusOf = (span: SpanRecord): string => (isStub(span) ? 'dropped' : span.status)

/** For a dropped call: it has no recorded time. */
export const isStub = (span: SpanRecord): boolean => droppedTag(span) !== undefined

/** When the call ran, within the time of the whole trace. */
export function timeline({ startedAt, durationMs }: SpanRecord, root: SpanRecord): Html {
  const whole = Math.max(root.durationMs, 0.001)
  const from = Math.min(99, Math.max(0, ((startedAt - root.startedAt) / whole) * 100))
  const width = Math.max(1, Math.min(100 - from, (durationMs / whole) * 100))
  return html`<svg viewBox="0 0 100 1" preserveAspectRatio="none" aria-hidden="true"><rect x="${from.toFixed(2)}" y="0" width="${width.toFixed(2)}" height="1"/></svg>`
}
