import { type Payload, RuntapeError, type RuntapeErrorCode } from '@runtape/core'
import type { Item, ItemRow, ItemThrown, Store, TestRun, Trace } from '@runtape/core/store'
import { decodeValue } from '@runtape/trace'
import type { MockReport } from '../match/mock-report.ts'
import { recordedArguments, recordedFacts } from '../match/recorded-trace.ts'
import type { ReplayItem } from '../report.ts'
import { emptyItem } from '../run/items/empty-item.ts'
import { fetchSource } from '../select/source.ts'
import { callsOfItem } from './item-calls.ts'

/** The item of a report, from its record; its inputs and outputs are read from the two traces. */
export async function storedItem(store: Store, { key }: TestRun, item: Item): Promise<ReplayItem> {
  const [recording, replayed] = [await recordingOf(store, key, item), await replayOf(store, item)]
  const { diff, unread, lateErrors, hint, scoreErrors } = item
  return {
    ...itemOfRow(item),
    ...(recording && {
      input: argumentsOf(recording),
      originalOutput: recordedFacts(recording).originalOutput,
    }),
    // Not kept, or erased.
    ...(!replayed && { traceId: null }),
    result: item.error === null && replayed ? readable(replayed.root.output) : undefined,
    ...(item.adapted && replayed && { given: argumentsOf(replayed) }),
    ...(item.thrown ? { thrown: thrownOf(item.thrown) } : {}),
    ...(item.expected && { expected: readable(item.expected) }),
    ...(hint !== undefined && { hint }),
    ...(scoreErrors && { scoreErrors }),
    ...callsOfItem(item.calls, payload => readable(payload) ?? []),
    ...(diff && { diff }),
    ...(unread && { unread }),
    ...(lateErrors && { lateErrors }),
  }
}

/** The item of a report, from its row only: its calls are counted, not listed. */
export function itemOfRow(row: ItemRow): ReplayItem {
  const { sourceTraceId, sourceSpanId, outcome, reason, error, originalError, traceId } = row
  const { recorded, replay, delta, cost, baseline, scores, scoreErrors } = row
  return {
    ...emptyItem({ traceId: sourceTraceId, ...(sourceSpanId !== undefined && { spanId: sourceSpanId }) }),
    ...recorded,
    outcome,
    ...(reason !== undefined && { reason }),
    same: outcome === 'same',
    error,
    originalError,
    ...(row.stopped && { thrown: stopped(error) }),
    traceId,
    replay,
    ...(delta && { delta }),
    ...(cost && { cost }),
    ...(baseline && { baseline: { error: null, ...baseline } }),
    scores: Object.fromEntries(
      Object.entries(scores).map(([name, { version: _, threshold: __, ...score }]) => [name, score]),
    ),
    ...(scoreErrors && { scoreErrors }),
    mocks: countedCalls(row),
  }
}

function countedCalls({ callCounts }: ItemRow): MockReport {
  const { served, drifted, missed, overridden, unused, unknownInputs, unlikeThis, missedAndRan } = callCounts
  const call = { key: '', name: '' }
  const list = (length: number, change: (index: number) => object = () => ({})) =>
    Array.from({ length }, (_, index) => ({ ...call, ...change(index) }))
  return {
    served: list(served, index => ({
      ...(index < unknownInputs && { unknownInput: '' }),
      ...(index < unlikeThis && { unlikeThis: [] }),
    })),
    drifted: list(drifted, index => (index < unlikeThis - served ? { unlikeThis: [] } : {})),
    missed: list(missed, index => (index < missedAndRan ? { ran: true } : {})),
    overridden: list(overridden),
    unused: list(unused + callCounts['not-reached']),
  }
}

const stopped = (error: string | null): RuntapeError =>
  new RuntapeError('replay-stopped', error ?? 'stopped', { cause: new Error('the replay was stopped') })

async function recordingOf(store: Store, key: string, item: ItemRow): Promise<Trace | undefined> {
  const { sourceTraceId, sourceSpanId } = item
  const source = { traceId: sourceTraceId, ...(sourceSpanId !== undefined && { spanId: sourceSpanId }) }
  return fetchSource(store, key, source).catch(() => undefined)
}

const replayOf = async (store: Store, { traceId }: ItemRow): Promise<Trace | undefined> =>
  traceId === null ? undefined : store.traces.get(traceId)

function argumentsOf(trace: Trace): readonly unknown[] {
  try {
    return recordedArguments(trace)
  } catch {
    return []
  }
}

function readable(output: Payload | undefined): unknown {
  if (!output || output.truncated !== undefined) return undefined
  try {
    return decodeValue(output)
  } catch {
    return undefined
  }
}

function thrownOf({ name, message, stack, code, cause }: ItemThrown): Error {
  const options = cause ? { cause: thrownOf(cause) } : {}
  const error =
    code === undefined
      ? Object.assign(new Error(message, options), { name })
      : new RuntapeError(code as RuntapeErrorCode, message, options)
  if (stack !== undefined) error.stack = stack
  return error
}
