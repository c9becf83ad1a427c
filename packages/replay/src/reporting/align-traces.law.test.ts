import type { SpanRecord } from '@runtape/core'
import type { Trace } from '@runtape/core/store'
import { span } from '@runtape/testing'
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { diffTraces } from '../compare/trace-diff.ts'
import { type AlignedCall, alignTraces } from './align-traces.ts'

interface Tree {
  readonly key: string
  /** What the replay does with the call. */
  readonly fate: 'kept' | 'dropped' | 'mocked' | 'other input' | 'new'
  readonly rank: number
  readonly children: readonly Tree[]
}

const treesOf = (depth: number): fc.Arbitrary<readonly Tree[]> =>
  fc.array(
    fc.record({
      key: fc.constantFrom('a', 'b', 'c'),
      fate: fc.constantFrom('kept', 'kept', 'dropped', 'mocked', 'other input', 'new'),
      rank: fc.integer({ min: 0, max: 3 }),
      children: depth === 0 ? fc.constant([]) : treesOf(depth - 1),
    }),
    { maxLength: 5 },
  )

const ids = { recorded: '0'.repeat(32), replayed: 'f'.repeat(32) }

/** A recording without the new calls, and a replay without the dropped ones, in the order of the ranks. */
function tracesOf(children: readonly Tree[]): { recorded: Trace; replayed: Trace } {
  const recorded: SpanRecord[] = []
  const replayed: SpanRecord[] = []
  const note = (into: SpanRecord[], parent: SpanRecord | undefined, fields: Partial<SpanRecord>) => {
    const made = span({ seq: into.length, ...fields, ...(parent && { parentSpanId: parent.spanId }) })
    into.push(made)
    return made
  }
  const replay = (source: SpanRecord | undefined, mocked: boolean) => ({
    replay: {
      testRunId: 't',
      sourceTraceId: ids.recorded,
      mocked,
      ...(source && { sourceSpanId: source.spanId }),
    },
  })
  const before = note(recorded, undefined, { traceId: ids.recorded, key: 'root' })
  const after = note(replayed, undefined, { traceId: ids.replayed, key: 'root', ...replay(before, false) })
  const waiting: [readonly Tree[], SpanRecord | undefined, SpanRecord | undefined][] = [
    [children, before, after],
  ]
  for (let next = waiting.pop(); next; next = waiting.pop()) {
    const [calls, then, now] = next
    const sources = new Map<Tree, SpanRecord>()
    for (const call of calls)
      if (then && call.fate !== 'new')
        sources.set(call, note(recorded, then, { traceId: ids.recorded, key: call.key }))
    for (const call of [...calls].sort((a, b) => a.rank - b.rank)) {
      const source = sources.get(call)
      const isMade = now && call.fate !== 'dropped' && (source || call.fate === 'new')
      const input = { json: JSON.stringify([call.fate === 'other input' ? 'other' : 'text']) }
      const fields = {
        traceId: ids.replayed,
        key: call.key,
        input,
        ...replay(source, call.fate === 'mocked'),
      }
      const made = isMade ? note(replayed, now, fields) : undefined
      waiting.push([call.children, source, call.fate === 'mocked' ? undefined : made])
    }
  }
  const trace = (spans: SpanRecord[]): Trace => ({
    traceId: spans[0]?.traceId ?? '',
    root: spans[0] as SpanRecord,
    spans,
  })
  return { recorded: trace(recorded), replayed: trace(replayed) }
}

const idsOf = (spans: readonly (SpanRecord | undefined)[]) => spans.flatMap(each => each?.spanId ?? []).sort()

/** The changes of calls whose parent is in both traces: what lies under another one is not listed in a diff. */
function listed(calls: readonly AlignedCall[], change: AlignedCall['changes'][number]): AlignedCall[] {
  const isPaired: boolean[] = []
  return calls.filter(call => {
    isPaired[call.depth] = call.before !== undefined && call.after !== undefined
    return call.changes.includes(change) && isPaired[call.depth - 1]
  })
}

test('every call of both traces is in the tree once, with the mark of the diff', () => {
  fc.assert(
    fc.property(treesOf(3), children => {
      const { recorded, replayed } = tracesOf(children)
      const diff = diffTraces(recorded, replayed)
      const calls = alignTraces(recorded, replayed, diff)
      expect(idsOf(calls.map(({ after }) => after))).toEqual(idsOf(replayed.spans))
      const answered = calls.reduce((sum, { answeredUnder }) => sum + answeredUnder, 0)
      const shown = idsOf(calls.map(({ before }) => before))
      expect(new Set(shown).size).toBe(shown.length)
      expect(shown.length + answered).toBe(recorded.spans.length)
      const after = (each: AlignedCall) => each.after
      const bySpan = (list: readonly { spanId?: string }[]) => list.flatMap(each => each.spanId ?? []).sort()
      expect(idsOf(listed(calls, 'added').map(after))).toEqual(bySpan(diff.added))
      expect(idsOf(listed(calls, 'reordered').map(after))).toEqual(bySpan(diff.reordered))
      expect(idsOf(listed(calls, 'changed').map(after))).toEqual(bySpan(diff.changed))
      expect(idsOf(listed(calls, 'removed').map(({ before }) => before))).toEqual(
        diff.removed.flatMap(({ sourceSpanId }) => sourceSpanId ?? []).sort(),
      )
    }),
    { numRuns: 500 },
  )
})
