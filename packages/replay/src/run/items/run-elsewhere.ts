import { replayFrame } from '@runtape/core/internal'
import { recordedArguments, recordedFacts } from '../../match/recorded-trace.ts'
import type { ReplayOptions } from '../../options.ts'
import type { ReplayItem } from '../../report.ts'
import { fetchSource, type ReplaySource } from '../../select/source.ts'
import { emptyItem, failedItem } from './empty-item.ts'
import { outcomeReplay } from './item-frame.ts'
import type { ItemPlan } from './item-plan.ts'
import { ItemRecords } from './item-records.ts'

/** One replay of a source. */
interface AttemptOf {
  readonly source: ReplaySource
  readonly attempt: number
}

/** Replays one trace through `isolate`; `undefined` if its code did not start. Never throws. */
export async function runElsewhere(
  plan: ItemPlan,
  isolate: NonNullable<ReplayOptions['isolate']>,
  { source, attempt }: AttemptOf,
): Promise<ReplayItem | undefined> {
  const { testRunId, itemTimeoutMs, signal, waiting, spending } = plan
  try {
    const expected = await plan.expected(source.traceId)
    const item = await isolate({
      source,
      testRunId,
      attempt,
      itemTimeoutMs,
      signal,
      left: waiting.count,
      onSpend: spending.addElsewhere,
      ...(expected && { expected }),
    })
    if (item && item.traceId !== null) keepFrame(plan, item.traceId, item.sourceTraceId)
    return item
  } catch (thrown) {
    spending.addLost(plan.key)
    return failedItem(await recordedItem(plan, source), thrown)
  }
}

// For onItem and onProgress, which run here.
function keepFrame({ frames, testRunId, writer }: ItemPlan, traceId: string, sourceTraceId: string): void {
  const sink = new ItemRecords(writer)
  // Records after the end of an item are written immediately.
  void sink.keep()
  const run = () => ({ action: 'run' }) as const
  const replay = { testRunId, traceId, sourceTraceId, rootSourceSpanId: '', sink, decide: run }
  frames.set(traceId, replayFrame(outcomeReplay(replay)))
}

/** Facts about an item's recording, if available. */
async function recordedItem({ store, key }: ItemPlan, source: ReplaySource): Promise<ReplayItem> {
  const item = emptyItem(source)
  try {
    const trace = await fetchSource(store, key, source, {})
    return { ...item, ...recordedFacts(trace), input: recordedArguments(trace) }
  } catch {
    return item
  }
}
