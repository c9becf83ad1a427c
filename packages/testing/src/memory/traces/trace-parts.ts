import type { SpanRecord } from '@runtape/core'
import type { Store } from '@runtape/core/store'
import { partsOfSpans } from '@runtape/core/store-helpers'
import { isReceived, revisionAt } from '../revisions.ts'
import { eventAt } from '../runs/runs.ts'
import { openTape, type Tape } from './tape.ts'

/** The parts of large traces in a memory store. */
export const tracePartQueries = (tape: Tape): Pick<Store['traces'], 'skeleton' | 'payload' | 'search'> =>
  partsOfSpans({
    markAt: asOf => revisionAt(openTape(tape), asOf),
    spans: async (traceId, mark) =>
      [...tape.spans.values()].filter(span => span.traceId === traceId && isReceived(tape, span, mark)),
    nanoUsdOf: async (span, mark) => nanoUsdOf(tape, span, mark),
  })

function nanoUsdOf(
  tape: Tape,
  { traceId, spanId, runId, replay }: SpanRecord,
  revision: number,
): number | undefined {
  const event = [...tape.events.values()].find(
    each =>
      each.runId === runId &&
      each.metric === `call:${spanId}` &&
      each.replay?.traceId === (replay && traceId),
  )
  return event && eventAt(tape, event, revision)?.cost?.nanoUsd
}
