import { RuntapeError } from '@runtape/core'
import type { ItemIdentity, ItemRow, Store, TestRun } from '@runtape/core/store'
import { MustRunTally } from '../limits/must-run.ts'
import type { Spending } from '../limits/spending.ts'
import type { OutsideCall } from '../outside/outside-call.ts'
import { type ReplayItem, type ReplayReport, type ReplaySummary, SummaryTally } from '../report.ts'
import { together } from '../run/items/run-attempts.ts'
import type { ReplayedCohort } from '../select/cohort-sources.ts'
import { itemOfRow, storedItem } from './stored-item.ts'

/**
 * The report of a test run from its store: over the items of all shards, even while it runs or after its process was killed.
 * It equals the report that `replay` returns for the whole test run, except that values are as captured (redacted, and
 * without their classes), and that `baseline` of an item has no `reason`, `error` or `diff`.
 *
 * @throws {RuntapeError} `invalid-option` if the store has no such test run
 *
 * @example
 * ```ts
 * import { testRunReport } from '@runtape/replay'
 * import { sqliteStore } from '@runtape/store-sqlite'
 *
 * const store = sqliteStore('runtape.db')
 * const [newest] = (await store.testRuns.list({ limit: 1 })).items
 * if (newest) console.log((await testRunReport(store, newest.testRunId)).summary.pass)
 * ```
 */
export async function testRunReport(store: Store, testRunId: string): Promise<ReplayReport> {
  const testRun = await requireTestRun(store, testRunId)
  const items = await wholeItems(store, testRun)
  const spending = spendingOf(testRun)
  // Each part counts the whole cohort.
  const cohort = Object.values(testRun.facts ?? {}).find(facts => facts.cohort)?.cohort as
    | ReplayedCohort
    | undefined
  return {
    testRunId,
    testRunUrl: null,
    ...(cohort && { cohort }),
    items,
    summary: summaryOf(items, testRun),
    status: statusOf(testRun),
    outside: outsideOf(testRun),
    ...(spending && { spending }),
  }
}

async function wholeItems(store: Store, testRun: TestRun): Promise<ReplayItem[]> {
  const { testRunId } = testRun
  const items: ReplayItem[] = []
  for (const attempts of await itemsBySource(store, testRun)) {
    const whole = await Promise.all(attempts.map(row => store.testRuns.item(testRunId, identityOf(row))))
    const stored = whole.filter(item => item !== undefined)
    // Erased meanwhile.
    if (stored.length === 0) continue
    items.push(oneOf(await Promise.all(stored.map(item => storedItem(store, testRun, item))), testRun))
  }
  return items
}

const itemsOfRows = async (store: Store, testRun: TestRun): Promise<ReplayItem[]> =>
  (await itemsBySource(store, testRun)).map(rows => oneOf(rows.map(itemOfRow), testRun))

/** Facts of a part that ends, before its store knows them. */
interface EndingPart {
  readonly outside?: readonly OutsideCall[]
  readonly mustRun?: readonly string[] | undefined
  readonly hasBaseline?: boolean
}

const partsOf = ({ facts = {} }: TestRun): readonly Readonly<Record<string, unknown>>[] =>
  Object.values(facts)

/** Of all parts: one may have joined with other options than the first one's. */
function mustRunOf(testRun: TestRun, { mustRun = [] }: EndingPart = {}): readonly string[] {
  const all = [testRun.options ?? {}, ...partsOf(testRun), { mustRun }]
  return [...new Set(all.flatMap(each => (each.mustRun as readonly string[] | undefined) ?? []))]
}

const hasBaseline = (testRun: TestRun, ending: EndingPart): boolean =>
  ending.hasBaseline === true || [testRun.options ?? {}, ...partsOf(testRun)].some(each => each.baseline)

/** Two parts that end at the same time may overwrite each other's status. */
const statusOf = (testRun: TestRun): ReplayReport['status'] =>
  testRun.status === 'completed' && !partsOf(testRun).some(each => each.interrupted)
    ? 'completed'
    : 'interrupted'

/** The summary of a test run over all items in its store. */
export async function storedSummary(
  store: Store,
  testRunId: string,
  ending: EndingPart,
): Promise<ReplaySummary> {
  const testRun = await requireTestRun(store, testRunId)
  // Which keys ran is in the parts.
  const read = mustRunOf(testRun, ending).length > 0 ? wholeItems : itemsOfRows
  return summaryOf(await read(store, testRun), testRun, ending)
}

async function requireTestRun(store: Store, testRunId: string): Promise<TestRun> {
  const testRun = await store.testRuns.get(testRunId)
  if (testRun) return testRun
  throw new RuntapeError(
    'invalid-option',
    `The store has no test run "${testRunId}". "runtape replay" prints the id at its end; ids must be complete.`,
  )
}

/** The rows of a test run, one list of attempts for each source, in the order of the sources. */
export async function itemsBySource(store: Store, testRun: TestRun): Promise<(readonly ItemRow[])[]> {
  const rows: ItemRow[] = []
  for await (const row of itemRows(store, testRun.testRunId)) rows.push(row)
  const groups = [...Map.groupBy(rows, sourceOf).values()]
  const places = new Map(testRun.sourceTraceIds.map((id, place) => [id, place]))
  const placeOf = ([row]: readonly ItemRow[]) => places.get(row?.sourceTraceId ?? '') ?? places.size
  return groups
    .map(attempts => attempts.toSorted((a, b) => a.attempt - b.attempt))
    .sort((a, b) => placeOf(a) - placeOf(b))
}

const sourceOf = ({ sourceTraceId, sourceSpanId = '' }: ItemRow): string => `${sourceTraceId} ${sourceSpanId}`

const identityOf = ({ sourceTraceId, sourceSpanId, attempt }: ItemRow): ItemIdentity => ({
  sourceTraceId,
  ...(sourceSpanId !== undefined && { sourceSpanId }),
  attempt,
})

async function* itemRows(store: Store, testRunId: string): AsyncGenerator<ItemRow> {
  let cursor: string | undefined
  do {
    const page = await store.testRuns.items(testRunId, {
      limit: 500,
      ...(cursor !== undefined && { cursor }),
    })
    yield* page.items
    cursor = page.nextCursor
  } while (cursor !== undefined)
}

const oneOf = (attempts: readonly ReplayItem[], { attempts: wanted = 1 }: TestRun): ReplayItem => {
  const [first] = attempts as [ReplayItem]
  return wanted === 1 ? first : together(first, attempts)
}

function summaryOf(items: readonly ReplayItem[], testRun: TestRun, ending: EndingPart = {}): ReplaySummary {
  const tally = new SummaryTally()
  const reached = new MustRunTally(mustRunOf(testRun, ending))
  for (const item of items) {
    tally.add(item)
    reached.add(item)
  }
  const { sourceTraceIds, attempts = 1, thresholds } = testRun
  const notRun = Math.max(0, sourceTraceIds.length - items.length)
  const lacksAttempts = items.some(item => attempts > 1 && (item.attempts?.length ?? 1) < attempts)
  const { recorded, removed = 0 } = testRun.items
  // Erased attempts were made.
  const isErased = sourceTraceIds.length * attempts - recorded <= removed
  const isCutShort = testRun.cutShort === true || (lacksAttempts && !isErased)
  return tally.summary(notRun, thresholds, {
    outside: [...outsideOf(testRun), ...(ending.outside ?? [])],
    mustRun: reached.result(),
    hasBaseline: hasBaseline(testRun, ending),
    isCutShort,
  })
}

// They are kept as JSON.
const outsideOf = ({ outside = [] }: TestRun): readonly OutsideCall[] => outside as unknown as OutsideCall[]

/** The spending of all parts. */
function spendingOf({ facts = {} }: TestRun): Spending | undefined {
  const parts = Object.values(facts).flatMap(({ spending }) => (spending ? [spending as Spending] : []))
  const last = parts.at(-1)
  if (!last) return undefined
  const sum = (countOf: (part: Spending) => number | undefined) =>
    parts.reduce((total, part) => total + (countOf(part) ?? 0), 0)
  const stopped = parts.find(part => part.stopped)?.stopped
  const attemptsNotRun = sum(part => part.attemptsNotRun)
  return {
    ...last,
    nanoUsd: sum(({ nanoUsd }) => nanoUsd),
    unpriced: parts.flatMap(({ unpriced }) => unpriced),
    // Each part has the limit for itself.
    ...(last.maxCostUsd !== undefined && { maxCostUsd: sum(({ maxCostUsd }) => maxCostUsd) }),
    ...(stopped && { stopped, running: sum(({ running }) => running) }),
    ...(attemptsNotRun > 0 && { attemptsNotRun }),
  }
}
