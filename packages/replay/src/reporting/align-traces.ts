import type { SpanRecord } from '@runtape/core'
import { droppedTag } from '@runtape/core/internal'
import type { Trace } from '@runtape/core/store'
import type { TraceDiff } from '../compare/trace-diff.ts'
import type { CallChangeKind } from './call-changes.ts'

/** A recorded call with the same call of the replay; a call that only one of them has is alone. */
export interface AlignedCall {
  readonly before?: SpanRecord
  readonly after?: SpanRecord
  readonly depth: number
  readonly changes: readonly CallChangeKind[]
  /** For changed calls: the parts that differ. */
  readonly parts: readonly ('input' | 'output' | 'error')[]
  /** Recorded calls under an answered call. */
  readonly answeredUnder: number
}

type Sides = Pick<AlignedCall, 'before' | 'after' | 'depth'>

/** Both traces as one tree, in the order of the replay; unmade calls are at their recorded position. Iterative. */
export function alignTraces(recorded: Trace, replayed: Trace, diff: TraceDiff): AlignedCall[] {
  const marks = marksOf(diff)
  const [before, after] = [childrenOf(recorded), childrenOf(replayed)]
  const calls: AlignedCall[] = []
  const waiting: Sides[] = [{ before: recorded.root, after: replayed.root, depth: 0 }]
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    const isAnswered = next.after?.replay?.mocked === true
    const answeredUnder = isAnswered && next.before ? countUnder(next.before, before) : 0
    calls.push({ ...next, ...marks.of(next), answeredUnder })
    if (isAnswered || [next.before, next.after].some(span => span && droppedTag(span))) continue
    const recordedCalls = before.get(next.before?.spanId ?? '') ?? []
    const replayedCalls = after.get(next.after?.spanId ?? '') ?? []
    for (const side of align(recordedCalls, replayedCalls, next.depth + 1, marks).reverse())
      waiting.push(side)
  }
  return calls
}

/** The calls under a pair, side by side. */
function align(
  recorded: readonly SpanRecord[],
  replayed: readonly SpanRecord[],
  depth: number,
  marks: Marks,
): Sides[] {
  const byId = new Map(recorded.map(span => [span.spanId, span]))
  const pairs = replayed.map((after): Sides => {
    const before = marks.isAdded(after) ? undefined : byId.get(after.replay?.sourceSpanId ?? '')
    if (before) byId.delete(before.spanId)
    return { after, depth, ...(before && { before }) }
  })
  const removed = Map.groupBy(removedAfter(recorded, byId), ([place]) => place)
  const gone = (place: string) => (removed.get(place) ?? []).map(([, before]): Sides => ({ before, depth }))
  return [...gone(''), ...pairs.flatMap(pair => [pair, ...gone(pair.before?.spanId ?? ' ')])]
}

/** Calls that were not made again, each with the call before it; '' for the beginning. */
function removedAfter(
  recorded: readonly SpanRecord[],
  removed: ReadonlyMap<string, SpanRecord>,
): (readonly [place: string, span: SpanRecord])[] {
  let place = ''
  return recorded.flatMap(span => {
    if (removed.has(span.spanId)) return [[place, span] as const]
    place = span.spanId
    return []
  })
}

interface Marks {
  of(sides: Sides): Pick<AlignedCall, 'changes' | 'parts'>
  isAdded(after: SpanRecord): boolean
}

function marksOf({ added, reordered, changed, unknown = [] }: TraceDiff): Marks {
  const addedIds = new Set(added.map(({ spanId }) => spanId))
  const reorderedIds = new Set(reordered.map(({ spanId }) => spanId))
  const unknownIds = new Set(unknown.map(({ spanId }) => spanId))
  const parts = new Map(changed.map(call => [call.spanId, call.changed ?? []]))
  return {
    isAdded: ({ spanId }) => addedIds.has(spanId),
    of: ({ before, after }) => {
      if (!before || !after) return { changes: [before ? 'removed' : 'added'], parts: [] }
      const { spanId } = after
      const kinds = [
        reorderedIds.has(spanId) && 'reordered',
        parts.has(spanId) && 'changed',
        unknownIds.has(spanId) && 'unknown',
      ] as const
      return { changes: kinds.filter(kind => kind !== false), parts: parts.get(spanId) ?? [] }
    },
  }
}

type Children = ReadonlyMap<string | undefined, readonly SpanRecord[]>

const childrenOf = ({ spans, root }: Trace): Children =>
  Map.groupBy(
    spans.filter(span => span !== root),
    ({ parentSpanId }) => parentSpanId,
  )

function countUnder(span: SpanRecord, children: Children): number {
  let count = 0
  const waiting = [span.spanId]
  for (let id = waiting.pop(); id !== undefined; id = waiting.pop()) {
    const under = children.get(id) ?? []
    count += under.length
    for (const { spanId } of under) waiting.push(spanId)
  }
  return count
}
