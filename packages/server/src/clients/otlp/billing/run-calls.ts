import type { RunEvent } from '@runtape/core'
import type { Store } from '@runtape/core/store'
import { callOfSpan, isCall, parentAttribute, spanIdOf, type ToldCall, ToldCalls } from './told-calls.ts'

/** What is known of a run. */
export interface RunKnown {
  readonly told: ToldCalls
  /** Spans that are no calls of models, which never changes. */
  readonly others: Set<string>
  /** Number of calls when the store was last read. */
  readAt: number
}

/** Of a run with fewer calls, the store is read for each request. */
const alwaysReadBelow = 64
/** What is remembered of all runs: about 50 MB at most. */
const mostRemembered = 50_000

/**
 * What spans have told of the calls of runs. The store is read again for each request of a small run, since another server may have
 * written, and of a large one once it has doubled: so the work of many requests about one run grows with its calls only.
 */
export class RunCalls {
  readonly #byRun = new Map<string, RunKnown>()
  readonly #store: Store
  #remembered = 0

  constructor(store: Store) {
    this.#store = store
  }

  /** What is known of the run, before these events. Until it is remembered again, it is forgotten: the work may fail. */
  async of(runId: string, events: readonly RunEvent[]): Promise<RunKnown> {
    const known = this.#byRun.get(runId) ?? { told: new ToldCalls(), others: new Set(), readAt: 0 }
    this.forget(runId)
    const { size } = known.told
    if (size < alwaysReadBelow || size >= 2 * known.readAt) await this.#read(runId, known)
    await this.#readParents(known, events)
    return known
  }

  /** Keeps what was told, once it is in the store. */
  remember(runId: string, known: RunKnown): void {
    this.#byRun.set(runId, known)
    this.#remembered += known.told.size
    for (const oldest of this.#byRun.keys()) {
      if (this.#remembered <= mostRemembered || oldest === runId) return
      this.forget(oldest)
    }
  }

  forget(runId: string): void {
    this.#remembered -= this.#byRun.get(runId)?.told.size ?? 0
    this.#byRun.delete(runId)
  }

  async #read(runId: string, known: RunKnown): Promise<void> {
    const run = await this.#store.runs.get(runId)
    for (const event of run?.events ?? []) if (isCall(event)) known.told.addBooked(event)
    await this.#readParents(known, run?.events.filter(isCall) ?? [])
    known.readAt = known.told.size
  }

  /** Calls that are not in the bill, because others tell of the same: they are between calls that are, and have spans. */
  async #readParents({ told, others }: RunKnown, events: readonly RunEvent[]): Promise<void> {
    const [traceIds, here] = [new Map<string, string>(), new Set(events.map(spanIdOf))]
    for (const { traceId, attributes } of events) {
      const parent = attributes?.[parentAttribute]
      if (traceId !== undefined && typeof parent === 'string') traceIds.set(parent, traceId)
    }
    for (const [spanId, traceId] of traceIds) {
      if (told.get(spanId) || here.has(spanId) || others.has(spanId)) continue
      const above = await this.#callAt(traceId, spanId, others)
      if (above === undefined) continue
      told.add(above)
      if (above.parent !== '') traceIds.set(above.parent, traceId)
    }
  }

  async #callAt(traceId: string, spanId: string, others: Set<string>): Promise<ToldCall | undefined> {
    const span = await this.#store.traces.getSpan(traceId, spanId)
    if (span === undefined) return undefined
    if (span.type === 'model') return callOfSpan(span)
    others.add(spanId)
    return undefined
  }
}
