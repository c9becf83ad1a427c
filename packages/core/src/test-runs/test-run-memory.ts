import { RuntapeError } from '../errors.ts'
import { newRunId } from '../platform/ids.ts'
import { realNow } from '../platform/wall-clock.ts'
import { markOf, pageOf } from '../query/page.ts'
import { readAsOf } from '../query/read-as-of.ts'
import {
  readItem,
  readItemIdentity,
  readItemQuery,
  readTestRunEnd,
  readTestRunQuery,
  readTestRunStart,
  readVerdict,
  readVerdictQuery,
  readVerdictTrace,
  readWithdrawal,
} from '../query/read-test-runs.ts'
import { sameJson } from '../records/same-json.ts'
import type { ChangedRecord, Revision } from '../store/revision.ts'
import type { Store } from '../store/store.ts'
import type { ItemIdentity, ItemReceipt, ItemRecord, LateItem } from '../store/test-runs/items.ts'
import type {
  RecordedVerdict,
  TestRun,
  TestRunResult,
  TestRunStart,
  TestRunStatus,
} from '../store/test-runs/test-runs.ts'
import { itemRow, wholeItem, withLate } from './item-row.ts'
import { standingVerdicts } from './standing-verdicts.ts'
import { testRunResult } from './test-run-result.ts'

/** The operations of the surrounding store that test runs in memory need. */
export interface TestRunHost {
  /** The next point in the store's history; throws if the store is closed. */
  arrive(changed: ChangedRecord): number
  /** The point in the store's history that a revision or a time names. Default: the last one. */
  revisionAt(asOf: Revision | number | undefined): number
  /** The traces that the replays of a test run recorded. */
  madeBy(testRunId: string): readonly string[]
  isErased(traceId: string): boolean
}

interface KeptItem {
  readonly arrival: number
  readonly item: ItemRecord
  late?: { readonly arrival: number; readonly late: LateItem }
}

interface KeptVerdict {
  readonly arrival: number
  readonly verdict: RecordedVerdict
  withdrawn?: { readonly arrival: number; readonly at: number; readonly by?: string }
}

interface KeptTestRun {
  readonly arrival: number
  readonly startedAt: number
  readonly start: TestRunStart & { readonly testRunId: string }
  readonly ends: { arrival: number; at: number; status: TestRunStatus; result: TestRunResult }[]
  readonly items: Map<string, KeptItem>
  verdicts: KeptVerdict[]
  removed: number
}

type TestRuns = Store['testRuns']

/** Test runs in memory: the reference of the contract, and those of a replay from tape files. */
export class TestRunMemory implements TestRuns {
  readonly #host: TestRunHost
  readonly #kept = new Map<string, KeptTestRun>()

  constructor(host: TestRunHost) {
    this.#host = host
  }

  start: TestRuns['start'] = async start => {
    const { testRunId = newRunId() } = readTestRunStart(start)
    this.#host.revisionAt(undefined)
    if (this.#kept.has(testRunId)) return { testRunId }
    const arrival = this.#host.arrive({ kind: 'test-run', id: testRunId })
    const copy = { ...asJson(start), testRunId }
    const kept = { arrival, startedAt: realNow(), start: copy, ends: [], items: new Map() }
    this.#kept.set(testRunId, { ...kept, verdicts: [], removed: 0 })
    return { testRunId }
  }

  complete: TestRuns['complete'] = async (testRunId, status = 'completed', result = {}) => {
    const end = readTestRunEnd(status)
    const kept = this.#known(testRunId)
    kept.ends.push({
      arrival: this.#host.arrive({ kind: 'test-run', id: testRunId }),
      at: realNow(),
      status: end,
      result: asJson(result),
    })
    const ids = this.#host.madeBy(testRunId)
    return { traceIds: Object.fromEntries(ids.map(id => [id, id])), traceCount: ids.length }
  }

  get: TestRuns['get'] = async (testRunId, options) => {
    const { asOf } = readAsOf('testRuns.get', options)
    const revision = this.#host.revisionAt(asOf)
    const kept = this.#kept.get(testRunId)
    return kept && testRunAt(kept, revision)
  }

  list: TestRuns['list'] = async given => {
    const { key, experimentGroupId, status, asOf, ...query } = readTestRunQuery(given)
    const revision = markOf(query) ?? this.#host.revisionAt(asOf)
    const all = [...this.#kept.values()].flatMap(kept => testRunAt(kept, revision) ?? [])
    const found = all.filter(
      run =>
        (key === undefined || run.key === key) &&
        (experimentGroupId === undefined || run.experimentGroupId === experimentGroupId) &&
        (status === undefined || run.status === status),
    )
    const order = new Map([...this.#kept.keys()].map((id, at) => [id, String(at).padStart(9, '0')]))
    return pageOf(found, run => [run.startedAt, order.get(run.testRunId) ?? ''], query, revision)
  }

  putItem: TestRuns['putItem'] = async (testRunId, given) => {
    const item = readItem(given)
    const { items } = this.#known(testRunId)
    const { isErased, arrive } = this.#host
    if (isErased(item.sourceTraceId) || (item.traceId !== null && isErased(item.traceId)))
      return { status: 'duplicate' }
    const known = items.get(nameOf(item))
    if (known) return { status: sameJson(known.item, item) ? 'duplicate' : 'conflict' }
    items.set(nameOf(item), { arrival: arrive({ kind: 'item', id: testRunId }), item })
    return { status: 'accepted' }
  }

  putLate: TestRuns['putLate'] = async (testRunId, given): Promise<ItemReceipt> => {
    const late = readItem(given)
    const kept = this.#known(testRunId).items.get(nameOf(late))
    // Its trace was erased, or it could not be written.
    if (!kept) return { status: 'duplicate' }
    if (kept.late) return { status: sameJson(kept.late.late, late) ? 'duplicate' : 'conflict' }
    kept.late = { arrival: this.#host.arrive({ kind: 'item', id: testRunId }), late }
    return { status: 'accepted' }
  }

  items: TestRuns['items'] = async (testRunId, given) => {
    const { only, limit, cursor, asOf } = readItemQuery(given)
    const paging = { limit, ...(cursor !== undefined && { cursor }) }
    const revision = markOf(paging) ?? this.#host.revisionAt(asOf)
    const rows = [...this.#known(testRunId).items.values()]
      .flatMap(kept => {
        const item = itemAt(kept, revision)
        return item && (only === undefined || only.includes(item.outcome)) ? [{ kept, item }] : []
      })
      .map(({ kept, item }) => ({ row: itemRow(item), arrival: kept.arrival }))
    // Oldest first, so that new items of a running test run appear at the end.
    const page = pageOf(rows, ({ arrival }) => [-arrival, ''], paging, revision)
    return { ...page, items: page.items.map(({ row }) => row) }
  }

  item: TestRuns['item'] = async (testRunId, identity, options) => {
    const { asOf } = readAsOf('testRuns.item', options)
    const name = nameOf(identity)
    const kept = this.#known(testRunId).items.get(name)
    const item = kept && itemAt(kept, this.#host.revisionAt(asOf))
    return item && structuredClone(wholeItem(item))
  }

  putVerdict: TestRuns['putVerdict'] = async (testRunId, traceId, given) => {
    const verdict = { ...readVerdict(given), traceId: readVerdictTrace(traceId), at: realNow() }
    const { verdicts } = this.#known(testRunId)
    // A comment may quote what was erased.
    if (!this.#host.isErased(traceId))
      verdicts.push({ arrival: this.#host.arrive({ kind: 'verdict', id: testRunId }), verdict })
  }

  withdrawVerdict: TestRuns['withdrawVerdict'] = async (testRunId, traceId, given) => {
    const { by } = readWithdrawal(given)
    const standing = this.#known(testRunId).verdicts.filter(
      ({ verdict, withdrawn }) =>
        verdict.traceId === traceId && !withdrawn && (by === undefined || verdict.by === by),
    )
    const last = standing.at(-1)
    if (!last) return false
    last.withdrawn = {
      arrival: this.#host.arrive({ kind: 'verdict', id: testRunId }),
      at: realNow(),
      ...(by !== undefined && { by }),
    }
    return true
  }

  verdicts: TestRuns['verdicts'] = async (testRunId, given) => {
    const { traceId, asOf } = readVerdictQuery(given)
    const history = verdictsAt(this.#known(testRunId), this.#host.revisionAt(asOf))
    return traceId === undefined ? history : history.filter(verdict => verdict.traceId === traceId)
  }

  /** Removes the items and verdicts of removed traces. */
  removeTraces(traces: ReadonlySet<string>): void {
    for (const kept of this.#kept.values()) {
      kept.verdicts = kept.verdicts.filter(({ verdict }) => !traces.has(verdict.traceId))
      for (const [name, { item }] of kept.items)
        if (traces.has(item.sourceTraceId) || (item.traceId !== null && traces.has(item.traceId))) {
          kept.items.delete(name)
          kept.removed++
        }
    }
  }

  #known(testRunId: string): KeptTestRun {
    this.#host.revisionAt(undefined)
    const kept = this.#kept.get(testRunId)
    if (kept) return kept
    throw new RuntapeError(
      'invalid-option',
      `This store has no test run "${testRunId}". Pass the testRunId that testRuns.start returned.`,
    )
  }
}

function nameOf(identity: Partial<ItemIdentity>): string {
  const { sourceTraceId, sourceSpanId, attempt } = readItemIdentity(identity)
  return JSON.stringify([sourceTraceId, sourceSpanId, attempt])
}

const asJson = <T>(value: T): T => JSON.parse(JSON.stringify(value)) as T

function itemAt({ arrival, item, late }: KeptItem, revision: number): ItemRecord | undefined {
  if (arrival > revision) return undefined
  return late && late.arrival <= revision ? withLate(item, late.late) : item
}

function verdictsAt({ verdicts }: KeptTestRun, revision: number): RecordedVerdict[] {
  const known = verdicts.filter(({ arrival }) => arrival <= revision)
  return known.map(({ verdict, withdrawn }) => {
    if (!withdrawn || withdrawn.arrival > revision) return verdict
    const { arrival: _, ...when } = withdrawn
    return { ...verdict, withdrawn: when }
  })
}

function testRunAt(kept: KeptTestRun, revision: number): TestRun | undefined {
  if (kept.arrival > revision) return undefined
  const ends = kept.ends.filter(({ arrival }) => arrival <= revision)
  const last = ends.at(-1)
  const items = [...kept.items.values()].flatMap(each => itemAt(each, revision) ?? [])
  const count = (wanted: string) => items.filter(({ outcome }) => outcome === wanted).length
  return {
    ...structuredClone(kept.start),
    status: last?.status ?? 'running',
    startedAt: kept.startedAt,
    ...(last && { completedAt: last.at }),
    items: {
      recorded: items.length,
      same: count('same'),
      changed: count('changed'),
      unknown: count('unknown'),
      failed: count('failed'),
      ...(kept.removed > 0 && { removed: kept.removed }),
    },
    ...structuredClone(testRunResult(ends.map(({ result }) => result))),
    verdicts: standingVerdicts(verdictsAt(kept, revision)),
  }
}
