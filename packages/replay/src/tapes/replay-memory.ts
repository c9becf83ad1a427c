import {
  type RecordIdentity,
  type RunEvent,
  RuntapeError,
  type SpanRecord,
  type TapeRecord,
} from '@runtape/core'
import { identityOf } from '@runtape/core/internal'
import type { AppendReceipt, Store } from '@runtape/core/store'
import { sameJson, TestRunMemory } from '@runtape/core/store-helpers'
import { entryOf, rootOf, type TraceEntry } from './trace-entry.ts'

/** Records of replays, in memory only. */
export class ReplayMemory {
  readonly #records = new Map<string, TapeRecord>()
  readonly #spans = new Map<string, SpanRecord[]>()
  readonly #events = new Map<string, RunEvent[]>()
  #arrivals = 0

  append(records: readonly TapeRecord[]): AppendReceipt {
    const conflicting: RecordIdentity[] = []
    let duplicates = 0
    for (const record of records) requireReplay(record)
    for (const record of records) {
      const kept = this.#put(record)
      if (kept && sameValue(kept, record)) duplicates++
      else if (kept) conflicting.push(identityOf(record))
    }
    const conflicts = conflicting.length
    return { accepted: records.length - duplicates - conflicts, duplicates, conflicts, conflicting }
  }

  entries(): TraceEntry[] {
    return [...this.#spans].flatMap(([id, spans]) => entryOf(spans, this.#events.get(id) ?? []) ?? [])
  }

  spans(traceId: string): readonly SpanRecord[] {
    return this.#spans.get(traceId) ?? []
  }

  // A replay in memory keeps no earlier revisions.
  readonly testRuns: Store['testRuns'] = new TestRunMemory({
    arrive: () => ++this.#arrivals,
    revisionAt: asOf => (asOf === undefined ? this.#arrivals : refusePast()),
    madeBy: testRunId => {
      const made = [...this.#spans.values()].flatMap(spans => rootOf(spans) ?? [])
      return made.flatMap(({ traceId, replay }) => (replay?.testRunId === testRunId ? [traceId] : []))
    },
    isErased: () => false,
  })

  /** Keeps the record, or returns the one that was there first. */
  #put(record: TapeRecord): TapeRecord | undefined {
    const identity = JSON.stringify(Object.values(identityOf(record)))
    const kept = this.#records.get(identity)
    if (kept) return kept
    const copy = structuredClone(record)
    this.#records.set(identity, copy)
    if (copy.kind === 'span') add(this.#spans, copy.traceId, copy)
    else if (copy.replay) add(this.#events, copy.replay.traceId, copy)
    return undefined
  }
}

function refusePast(): never {
  throw new RuntapeError(
    'invalid-option',
    'asOf cannot be used with tape files: they have no history. Query the store that they were exported from.',
  )
}

// A file that a person reviews must not change by itself.
function requireReplay({ replay }: TapeRecord): void {
  if (replay) return
  throw new RuntapeError(
    'invalid-option',
    'Tape files are read only. Record into a store, then write tapes with runtape export.',
  )
}

function sameValue(a: TapeRecord, b: TapeRecord): boolean {
  return a.kind === 'run-event' && b.kind === 'run-event' ? sameJson(a.value, b.value) : sameJson(a, b)
}

function add<T>(lists: Map<string, T[]>, key: string, value: T): void {
  const list = lists.get(key)
  if (list) list.push(value)
  else lists.set(key, [value])
}
