import {
  type AppendReceipt,
  type RecordIdentity,
  type RunEvent,
  RuntapeError,
  type SpanRecord,
  type Store,
  type TapeRecord,
  type TestRun,
} from '@runtape/core'
import { identityOf, newRunId } from '@runtape/core/internal'
import { pageOf, readListQuery, sameJson } from '@runtape/core/store-helpers'
import { entryOf, rootOf, type TraceEntry } from './trace-entry.ts'

/** Records of replays, in memory only. */
export class ReplayMemory {
  readonly #records = new Map<string, TapeRecord>()
  readonly #spans = new Map<string, SpanRecord[]>()
  readonly #events = new Map<string, RunEvent[]>()
  readonly #testRuns = new Map<string, TestRun>()

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

  readonly testRuns: Store['testRuns'] = {
    start: async start => {
      const { testRunId = newRunId() } = start
      if (this.#testRuns.has(testRunId)) return { testRunId }
      const testRun: TestRun = { ...start, testRunId, status: 'running', startedAt: Date.now(), verdicts: {} }
      this.#testRuns.set(testRunId, structuredClone(testRun))
      return { testRunId }
    },
    complete: async (testRunId, status = 'completed') => {
      this.#change(testRunId, { status, completedAt: Date.now() })
      const made = [...this.#spans.values()].flatMap(spans => rootOf(spans) ?? [])
      const ids = made.flatMap(({ traceId, replay }) => (replay?.testRunId === testRunId ? [traceId] : []))
      return { traceIds: Object.fromEntries(ids.map(id => [id, id])), traceCount: ids.length }
    },
    get: async testRunId => this.#testRuns.get(testRunId),
    list: async given => {
      const query = readListQuery(given)
      const order = new Map([...this.#testRuns.keys()].map((id, at) => [id, String(at).padStart(9, '0')]))
      return pageOf(
        [...this.#testRuns.values()],
        run => [run.startedAt, order.get(run.testRunId) ?? ''],
        query,
      )
    },
    putVerdict: async (testRunId, traceId, verdict) => {
      this.#change(testRunId, run => ({ verdicts: { ...run.verdicts, [traceId]: verdict } }))
    },
  }

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

  #change(testRunId: string, change: Partial<TestRun> | ((testRun: TestRun) => Partial<TestRun>)): void {
    const testRun = this.#testRuns.get(testRunId)
    if (!testRun) {
      const advice = 'Pass the testRunId that testRuns.start returned.'
      throw new RuntapeError('invalid-option', `Unknown test run "${testRunId}". ${advice}`)
    }
    this.#testRuns.set(testRunId, {
      ...testRun,
      ...(typeof change === 'function' ? change(testRun) : change),
    })
  }
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
