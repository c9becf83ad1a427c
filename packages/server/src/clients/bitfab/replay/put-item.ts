import type { Payload, SpanRecord, SpanReplay } from '@runtape/core'
import type { ItemRecord, ItemResult, Store } from '@runtape/core/store'
import { sameJson } from '@runtape/core/store-helpers'

/** Attempts of one trace in one test run; a client makes one. */
const mostAttempts = 10

/** Puts the item that a replayed root is. Putting it again changes nothing, in whatever process. */
export async function putItem(store: Store, root: SpanRecord, replay: SpanReplay): Promise<void> {
  const item = await itemOf(store, root, replay)
  for (let attempt = 1; attempt <= mostAttempts; attempt++) {
    const { status } = await store.testRuns.putItem(replay.testRunId, { ...item, attempt })
    if (status !== 'conflict') return
    const { sourceTraceId } = replay
    const other = await store.testRuns.item(replay.testRunId, { sourceTraceId, attempt })
    if (other?.traceId === root.traceId) return
  }
}

async function itemOf(
  store: Store,
  root: SpanRecord,
  replay: SpanReplay,
): Promise<Omit<ItemRecord, 'attempt'>> {
  const { sourceTraceId, sourceSpanId } = replay
  const source =
    sourceSpanId === undefined ? undefined : await store.traces.getSpan(sourceTraceId, sourceSpanId)
  return {
    ...{ sourceTraceId, traceId: root.traceId, ...resultOf(root, source) },
    hint: 'Bitfab clients do not say which calls they mocked.',
    error: root.error?.message ?? null,
    originalError: source?.error?.message ?? null,
    recorded: { durationMs: source?.durationMs ?? null, tokens: null, model: null },
    replay: { durationMs: root.durationMs, tokens: null },
    delta: {
      ...{ tokens: null, costNanoUsd: null },
      durationMs: source ? root.durationMs - source.durationMs : null,
    },
    ...{ scores: {}, calls: [] },
  }
}

interface Result {
  readonly outcome: ItemResult
  readonly reason?: string
}

function resultOf({ error, output }: SpanRecord, source: SpanRecord | undefined): Result {
  if (!source)
    return { outcome: error ? 'failed' : 'unknown', reason: 'The store does not have the recording.' }
  if (error && error.message === source.error?.message) return { outcome: 'same' }
  if (error) return { outcome: 'failed', reason: error.message }
  if (source.error) return { outcome: 'changed', reason: 'The recording ended with an error.' }
  return output && source.output ? compared(output, source.output) : { outcome: 'unknown' }
}

function compared(a: Payload, b: Payload): Result {
  if (!sameJson(JSON.parse(a.json), JSON.parse(b.json)) || !sameJson(a.meta, b.meta))
    return { outcome: 'changed' }
  const lost = [...(a.lossy ?? []), ...(b.lossy ?? [])]
  return lost.length === 0 ? { outcome: 'same' } : { outcome: 'unknown', reason: lost.join('; ') }
}
