import type { RunEvent, SpanRecord, TapeRecord } from '@runtape/core'
import { newRunId, newSpanId, newTraceId } from '@runtape/core/internal'
import type { Store } from '@runtape/core/store'
import { runEvent, span } from '../../records.ts'
import { tokens } from '../runs/runs.ts'

export const day = 86_400_000

/** A run with a trace and a replay of it. */
export interface Subject {
  readonly runId: string
  readonly events: readonly RunEvent[]
  readonly spans: readonly SpanRecord[]
  readonly replays: readonly TapeRecord[]
  readonly all: readonly TapeRecord[]
}

export function subject(key: string, at: number, sessionId: string | undefined = undefined): Subject {
  const [runId, traceId, replayed] = [newRunId(), newTraceId(), newTraceId()]
  const context = { kind: 'user', key, mail: `${key}@example.com` }
  const said = (metric: RunEvent['metric'], value: RunEvent['value'], fields = {}) =>
    runEvent({ runId, metric, value, at, traceId, context, attributes: { of: key }, ...fields })
  const events = [
    said('duration', 1500),
    said('tokens', tokens(10, 5), { cost: { nanoUsd: 700, priceList: 'test@1' } }),
    said('outcome', { status: 'error', error: { name: 'Error', message: `not for ${key}` } }),
    said('feedback', { kind: 'negative', comment: `says ${key}` }, { at: at + 1 }),
    said('score:tone', { score: 1, reasoning: `of ${key}` }),
  ]
  const root = span({ traceId, startedAt: at, runId, ...(sessionId && { sessionId }) })
  const child = span({
    traceId,
    startedAt: at,
    parentSpanId: root.spanId,
    output: { json: JSON.stringify(key) },
  })
  const replay = { testRunId: 'test-run', sourceTraceId: traceId, mocked: false }
  const replays = [
    span({
      traceId: replayed,
      startedAt: at,
      spanId: newSpanId(),
      replay: { ...replay, sourceSpanId: root.spanId },
    }),
    runEvent({ runId, at, context, replay: { testRunId: 'test-run', traceId: replayed } }),
  ]
  return { runId, events, spans: [root, child], replays, all: [...events, root, child, ...replays] }
}

/** The only row of the bill of everything. */
export const totalOf = async (store: Store) => {
  const [row] = await store.runs.usage()
  return row
}
