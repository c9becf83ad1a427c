import type { Payload, SpanRecord } from '@runtape/core'
import type { Trace } from '@runtape/core/store'
import { decodeValue } from '@runtape/trace'
import { recordedArguments, recordedFacts } from '../../match/recorded-trace.ts'
import { whenStuck } from '../../process/stuck.ts'
import type { ReplayItem } from '../../report.ts'
import type { ReplaySource } from '../../select/source.ts'
import { withAbortDeadline } from '../abort-deadline.ts'
import { type ItemAbort, itemStop } from '../item-abort.ts'
import { emptyItem, failedItem } from './empty-item.ts'
import { onLateMiss, stuckError } from './item-ends.ts'
import type { ItemPlan } from './item-plan.ts'
import { compareItem, judgeItem } from './judge-item.ts'
import { givenArguments, loadTrace } from './load-item.ts'
import { type ItemRun, openRun, runCode } from './run-code.ts'

/**
 * Replays one trace: load it, run the code, persist what it did, compare, score. Whatever goes wrong is the item's
 * `error`; nothing is thrown.
 */
export async function runItem(plan: ItemPlan, source: ReplaySource): Promise<ReplayItem> {
  const uncalled: string[] = []
  const stop = itemStop(source.traceId, plan.itemTimeoutMs, plan.signal, uncalled)
  const notStuck = whenStuck(() => stop.stop(stuckError(source.traceId, uncalled)))
  let item = emptyItem(source)
  try {
    const trace = await loadTrace(plan, source, stop)
    item = { ...item, ...recordedFacts(trace) }
    item = { ...item, input: recordedArguments(trace) }
    const expected = await stop.within(plan.expected(source.traceId))
    if (expected) item = { ...item, expected: decodeValue(expected) }
    return await runTrace(plan, trace, item, { stop, uncalled, expected })
  } catch (thrown) {
    return failedItem(item, thrown)
  } finally {
    notStuck()
    stop.release()
  }
}

async function runTrace(
  plan: ItemPlan,
  trace: Trace,
  recorded: ReplayItem,
  ending: {
    readonly stop: ItemAbort
    readonly uncalled: string[]
    readonly expected: Payload | undefined
  },
): Promise<ReplayItem> {
  const given = await givenArguments(plan, trace, ending.stop)
  const run = openRun(plan, trace, ending)
  const outcome = await runCode(run, given)
  const mocks = run.session.report()
  run.session.onLateMiss(call => onLateMiss(plan, run.session, call))
  const spans = await persist(run)
  plan.items.noteSpans(run.session.traceId, spans)
  const item = compareItem(run, recorded, { outcome, given, mocks, spans })
  return judgeItem(run, item, spans, ending.expected)
}

// A store that accepts nothing delays a stopped item for a while, and no other item.
function persist({ plan, records, trace, stop }: ItemRun): Promise<readonly SpanRecord[]> {
  const what = `the store to keep the replay of trace ${trace.traceId}`
  return withAbortDeadline(stop.signal, records.keep(), what, error => {
    plan.writer.giveUp()
    throw error
  })
}
