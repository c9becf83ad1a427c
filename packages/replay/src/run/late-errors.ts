import { monotonicNow, type ReplayCall, realDelay } from '@runtape/core/internal'
import type { ReplaySession } from '../match/replay-session.ts'
import type { ReplayItem, SummaryTally } from '../report.ts'
import type { RanItem } from './items/ran-item.ts'

/** Events after an item had ended. */
export interface LateEvents {
  readonly errors: string[]
  /** Mocked calls that were not answered. */
  readonly missed: ReplayItem['mocks']['missed'][number][]
}

/** By the trace id of the replay. */
export class LateErrors {
  /** Whether the items are final: later events are in no report. */
  isReported = false
  readonly #byTrace = new Map<string, LateEvents>()

  add(traceId: string, what: string): void {
    this.#of(traceId).errors.push(what)
  }

  addMissed(traceId: string, what: string, { key, name }: ReplayCall): void {
    this.add(traceId, what)
    this.#of(traceId).missed.push({ key, name, reason: afterTheEnd })
  }

  of(traceId: string): LateEvents | undefined {
    return this.#byTrace.get(traceId)
  }

  /** By the trace id of the replay. */
  all(): Iterable<readonly [string, LateEvents]> {
    return this.#byTrace
  }

  /** The item with its late events: a missed call fails it. */
  failed(item: ReplayItem): ReplayItem {
    const { missed = [] } = this.#byTrace.get(item.traceId ?? '') ?? {}
    return missed.length === 0 ? item : withMissed(item, missed)
  }

  /** The items with the late events of all their attempts; updates `tally`. */
  settled(items: readonly RanItem[], tally: SummaryTally): readonly RanItem[] {
    this.isReported = true
    return this.#byTrace.size === 0 ? items : items.map(item => this.#settled(item, tally))
  }

  #settled(item: RanItem, tally: SummaryTally): RanItem {
    const traces = 'attempts' in item && item.attempts ? item.attempts : [item]
    const late = traces.flatMap(({ traceId }) => this.#byTrace.get(traceId ?? '') ?? [])
    if (late.length === 0) return item
    const missed = late.flatMap(each => each.missed)
    const lateErrors = late.flatMap(({ errors }) => errors)
    const known = 'mocks' in item ? item.mocks.missed : []
    const unknown = missed.filter(call => !known.includes(call))
    if (unknown.length > 0) tally.failLate(item, unknown.length)
    return 'mocks' in item ? { ...withMissed(item, unknown), lateErrors } : item
  }

  #of(traceId: string): LateEvents {
    const late = this.#byTrace.get(traceId) ?? { errors: [], missed: [] }
    this.#byTrace.set(traceId, late)
    return late
  }
}

const afterTheEnd = 'no such call is left on the tape; it was made after the item had ended'

function withMissed(item: ReplayItem, missed: LateEvents['missed']): ReplayItem {
  if (missed.length === 0) return item
  const mocks = { ...item.mocks, missed: [...item.mocks.missed, ...missed] }
  if (item.outcome === 'failed') return { ...item, mocks }
  const names = [...new Set(missed.map(({ key }) => key))].join(', ')
  return { ...item, mocks, outcome: 'failed', same: false, reason: `missed after the end: ${names}` }
}

/** Work due this soon after the end of an item is waited for. */
const soonMs = 100

/** Resolves after the code has made its calls shortly after its end: in a short timer, an immediate, a hook. */
export async function whenRestIsDone(session: ReplaySession, signal: AbortSignal): Promise<void> {
  const until = monotonicNow() + soonMs
  for (let left = soonMs; left > 0 && !signal.aborted; left = until - monotonicNow()) {
    const soon = session.soon(left)
    if (soon === undefined) return
    await realDelay(Math.max(Math.min(soon, left), 1))
  }
}
