import { inOneTurn } from '../payloads/in-turns.ts'

/** The fields of a span that determine its place in the trace. */
export interface SpanPlace {
  readonly spanId: string
  readonly parentSpanId?: string | undefined
  readonly seq: number
  readonly startedAt: number
}

/**
 * The spans of one trace, parents before children and children in `seq` order. Spans without a parent here follow the trees of
 * the roots. No span is lost, even with cyclic parents. Iterative, so depth uses no stack.
 */
export const orderSpans = <T extends SpanPlace>(spans: readonly T[]): T[] =>
  inOneTurn(orderingSpans([...spans].sort(compareSiblings)))

/** As `orderSpans`, for spans in the order of `compareSiblings`. Each `yield` lets other work of the process run. */
export function* orderingSpans<T extends SpanPlace>(sorted: readonly T[]): Generator<undefined, T[]> {
  const known = new Set<string>()
  yield* inTurns(sorted, span => known.add(span.spanId))
  const children = new Map<string, T[]>()
  yield* inTurns(sorted, span => addChild(children, span))
  const placed = new Set<T>()
  const isRoot = ({ parentSpanId }: T) => parentSpanId === undefined
  const isOrphan = ({ parentSpanId }: T) => parentSpanId !== undefined && !known.has(parentSpanId)
  // Last: spans below neither a root nor an orphan have cyclic parents.
  for (const isTop of [isRoot, isOrphan, () => true])
    for (const [index, top] of sorted.entries()) {
      if (index % atOnce === atOnce - 1) yield
      if (isTop(top) && !placed.has(top)) yield* placeTree(top, children, placed)
    }
  return [...placed]
}

/** Number of spans between two yields. */
const atOnce = 2000

function* placeTree<T extends SpanPlace>(
  top: T,
  children: ReadonlyMap<string, readonly T[]>,
  placed: Set<T>,
): Generator<undefined, void> {
  const waiting = [top]
  for (let span = waiting.pop(); span !== undefined; span = waiting.pop()) {
    if (placed.has(span)) continue
    placed.add(span)
    for (const child of children.get(span.spanId)?.toReversed() ?? []) waiting.push(child)
    if (placed.size % atOnce === 0) yield
  }
}

function* inTurns<T>(items: readonly T[], work: (item: T) => void): Generator<undefined, void> {
  for (const [index, item] of items.entries()) {
    if (index % atOnce === atOnce - 1) yield
    work(item)
  }
}

function addChild<T extends SpanPlace>(children: Map<string, T[]>, span: T): void {
  if (span.parentSpanId === undefined) return
  const siblings = children.get(span.parentSpanId)
  if (siblings) siblings.push(span)
  else children.set(span.parentSpanId, [span])
}

export function compareSiblings(a: SpanPlace, b: SpanPlace): number {
  return a.seq - b.seq || a.startedAt - b.startedAt || (a.spanId < b.spanId ? -1 : 1)
}
