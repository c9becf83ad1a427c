import type { Sink, TapeRecord } from '@runtape/core'
import { newTraceId } from '@runtape/core/internal'
import { runEvent, span } from '@runtape/testing'
import { describe, expect, test } from 'vitest'
import { type SamplingSinkOptions, samplingSink } from './sampling-sink.ts'

describe('sampling', () => {
  test('keeps about the configured share of traces, each complete', () => {
    const { sink, kept } = sampled({ rate: 0.25 })
    const ids = Array.from({ length: 4_000 }, () => newTraceId())
    for (const traceId of ids) for (const each of wholeTrace(traceId)) sink.append(each)
    const traces = Map.groupBy(kept, record => (record.kind === 'span' ? record.traceId : ''))
    expect(traces.size / ids.length).toBeGreaterThan(0.2)
    expect(traces.size / ids.length).toBeLessThan(0.3)
    expect(new Set(Array.from(traces.values(), spans => spans.length))).toEqual(new Set([3]))
  })

  test('decides by trace id, equally in every process', () => {
    const [a, b] = [sampled({ rate: 0.5 }), sampled({ rate: 0.5 })]
    for (const traceId of Array.from({ length: 100 }, () => newTraceId())) {
      for (const each of wholeTrace(traceId)) {
        a.sink.append(each)
        b.sink.append(each)
      }
    }
    expect(a.kept).toEqual(b.kept)
  })

  test('keeps everything at 1 and nothing at 0, and refuses invalid rates', () => {
    for (const rate of [0, 1]) {
      const { sink, kept } = sampled({ rate })
      for (const each of wholeTrace(newTraceId())) sink.append(each)
      expect(kept).toHaveLength(rate * 3)
    }
    for (const rate of [-0.1, 1.1, Number.NaN]) {
      expect(() => sampled({ rate })).toThrow('rate must be a number from 0 to 1')
    }
  })

  test('keeps a complete trace if any call failed', () => {
    const { sink, kept } = sampled({ rate: 0 })
    const [leaf, child, root] = wholeTrace(newTraceId())
    const failed = { ...(leaf as object), status: 'error' } as TapeRecord
    for (const each of [failed, child, root]) sink.append(each as TapeRecord)
    expect(kept).toEqual([failed, child, root])
  })

  test('keeps a trace with a thumbs-down, even if it arrives after the decision', () => {
    const { sink, kept } = sampled({ rate: 0 })
    const [before, after] = [wholeTrace(newTraceId(), 'run-1'), wholeTrace(newTraceId(), 'run-2')]
    const thumbs = (runId: string) => runEvent({ runId, metric: 'feedback', value: { kind: 'negative' } })
    sink.append(before[0] as TapeRecord)
    sink.append(thumbs('run-1'))
    for (const each of [...before.slice(1), ...after]) sink.append(each)
    expect(kept.filter(record => record.kind === 'span')).toEqual(before)
    sink.append(thumbs('run-2'))
    expect(kept.filter(record => record.kind === 'span')).toEqual([...before, ...after])
  })

  test('applies the decision to late spans of the trace', () => {
    const { sink, kept } = sampled({ rate: 0 })
    const [leaf, child, root] = wholeTrace(newTraceId())
    sink.append({ ...root, status: 'error' } as TapeRecord)
    sink.append(child as TapeRecord)
    const dropped = wholeTrace(newTraceId())
    for (const each of [dropped[2], dropped[0]]) sink.append(each as TapeRecord)
    expect(kept).toHaveLength(2)
    expect(kept).not.toContain(leaf)
  })

  test('passes run events at once, and returns the result of the sink', () => {
    const event = runEvent()
    const { sink, kept } = sampled({ rate: 0 })
    expect(sink.append(event)).toBe('answer')
    expect(kept).toEqual([event])
  })

  test('stays within its memory limit by deciding or dropping the oldest trace', () => {
    const { sink, kept } = sampled({ rate: 0, maxBytes: 50_000, maxTraces: 50 })
    const text = { json: JSON.stringify('x'.repeat(10_000)) }
    const ids = Array.from({ length: 100 }, () => newTraceId())
    for (const traceId of ids) sink.append(span({ traceId, parentSpanId: '0000000000000009', output: text }))
    sink.append(runEvent({ traceId: ids[0], metric: 'feedback', value: { kind: 'negative' } }))
    sink.append(runEvent({ traceId: ids[99], metric: 'feedback', value: { kind: 'negative' } }))
    sink.append(span({ traceId: ids[99], spanId: '0000000000000009' }))
    expect(kept.filter(record => record.kind === 'span').map(record => record.traceId)).toEqual([
      ids[99],
      ids[99],
    ])
  })

  test('decides open traces when closed', async () => {
    const { sink, kept } = sampled({ rate: 1 })
    const [leaf] = wholeTrace(newTraceId())
    sink.append(leaf as TapeRecord)
    expect(kept).toEqual([])
    await sink.close()
    expect(kept).toEqual([leaf])
  })
})

/** Children before parents, in end order. */
function wholeTrace(traceId: string, runId?: string): TapeRecord[] {
  const [root, child, leaf] = ['0000000000000001', '0000000000000002', '0000000000000003']
  return [
    span({ traceId, spanId: leaf, parentSpanId: child, runId }),
    span({ traceId, spanId: child, parentSpanId: root, runId }),
    span({ traceId, spanId: root }),
  ]
}

function sampled(options: SamplingSinkOptions) {
  const kept: TapeRecord[] = []
  const inner: Sink = {
    append: record => {
      kept.push(record)
      return 'answer'
    },
    flush: async () => {},
    close: async () => {},
  }
  return { sink: samplingSink(inner, options), kept }
}
