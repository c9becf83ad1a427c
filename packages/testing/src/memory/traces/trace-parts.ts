import type { SpanRecord } from '@runtape/core'
import type { Store } from '@runtape/core/store'
import { partsOfSpans } from '@runtape/core/store-helpers'
import { identityKey } from '../identity-key.ts'
import { openTape, type Tape } from './tape.ts'

/** The parts of large traces in a memory store. */
export const tracePartQueries = (tape: Tape): Pick<Store['traces'], 'skeleton' | 'payload' | 'search'> =>
  partsOfSpans({
    mark: () => openTape(tape).spans.size,
    spans: async (traceId, mark) =>
      [...tape.spans.values()].filter((span, index) => index < mark && span.traceId === traceId),
    nanoUsdOf: async span => nanoUsdOf(tape, span),
  })

function nanoUsdOf(tape: Tape, { traceId, spanId, runId, replay }: SpanRecord): number | undefined {
  const event = [...tape.events.values()].find(
    each =>
      each.runId === runId &&
      each.metric === `call:${spanId}` &&
      each.replay?.traceId === (replay && traceId),
  )
  return event && (event.cost ?? tape.prices.get(identityKey(event))?.cost)?.nanoUsd
}
