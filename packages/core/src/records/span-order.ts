import type { SpanRecord } from './records.ts'

/**
 * The spans of one trace, parents before children and children in `seq` order. Spans without a parent here follow the trees of
 * the roots. No span is lost, even with cyclic parents. Iterative, so depth uses no stack.
 */
export function orderSpans(spans: readonly SpanRecord[]): SpanRecord[] {
  const sorted = [...spans].sort(compareSiblings)
  const known = new Set(sorted.map(span => span.spanId))
  const children = childrenByParent(sorted)
  const placed = new Set<SpanRecord>()
  const roots = sorted.filter(span => span.parentSpanId === undefined)
  const orphans = sorted.filter(span => span.parentSpanId !== undefined && !known.has(span.parentSpanId))
  // Last: spans below neither a root nor an orphan have cyclic parents.
  for (const top of [...roots, ...orphans, ...sorted]) placeTree(top, children, placed)
  return [...placed]
}

function placeTree(
  top: SpanRecord,
  children: ReadonlyMap<string, readonly SpanRecord[]>,
  placed: Set<SpanRecord>,
): void {
  const waiting = [top]
  for (let span = waiting.pop(); span !== undefined; span = waiting.pop()) {
    if (placed.has(span)) continue
    placed.add(span)
    for (const child of children.get(span.spanId)?.toReversed() ?? []) waiting.push(child)
  }
}

function childrenByParent(spans: readonly SpanRecord[]): Map<string, SpanRecord[]> {
  const children = new Map<string, SpanRecord[]>()
  for (const span of spans) {
    if (span.parentSpanId === undefined) continue
    const siblings = children.get(span.parentSpanId)
    if (siblings) siblings.push(span)
    else children.set(span.parentSpanId, [span])
  }
  return children
}

function compareSiblings(a: SpanRecord, b: SpanRecord): number {
  return a.seq - b.seq || a.startedAt - b.startedAt || (a.spanId < b.spanId ? -1 : 1)
}
