import { RuntapeError } from '@runtape/core'
import type { ItemRow, Store, TestRun, Verdict } from '@runtape/core/store'
import type { ReplayItem } from '../report.ts'
import { together } from '../run/items/run-attempts.ts'
import type { ComparedItem, ItemChange } from './compared-item.ts'
import { judgeChange } from './judge-change.ts'
import { itemOfRow } from './stored-item.ts'
import { itemsBySource } from './stored-report.ts'

/** A source, and its items in two test runs. */
export interface ComparedSource {
  readonly sourceTraceId: string
  readonly sourceSpanId?: string
  /** Absent if the first test run has no item of it. */
  readonly a?: ComparedItem
  /** Absent if the second test run has no item of it. */
  readonly b?: ComparedItem
  /** Absent if only one of the test runs has an item. */
  readonly change?: ItemChange
  /** What decided the change, or why it is unknown. */
  readonly reason?: string
}

/** Two test runs, compared trace by trace. */
export interface TestRunComparison {
  readonly a: TestRun
  readonly b: TestRun
  /** Sources in the order of the first test run, then those that only the second one has. */
  readonly sources: readonly ComparedSource[]
  readonly counts: Readonly<Record<ItemChange | 'onlyInA' | 'onlyInB', number>>
}

/**
 * Compares two test runs trace by trace: whether the second one is better or worse for each recorded trace. Verdicts decide
 * first, then failures, then scores. Scores of different versions of an evaluator are not compared.
 *
 * @throws {RuntapeError} `invalid-option` if the store lacks one of them, or they replay different functions
 *
 * @example
 * ```ts
 * import { compareTestRuns } from '@runtape/replay'
 * import { sqliteStore } from '@runtape/store-sqlite'
 *
 * const store = sqliteStore('runtape.db')
 * const [after, before] = (await store.testRuns.list({ key: 'support.answer', limit: 2 })).items
 * if (before && after) console.log((await compareTestRuns(store, before.testRunId, after.testRunId)).counts)
 * ```
 */
export async function compareTestRuns(store: Store, a: string, b: string): Promise<TestRunComparison> {
  const [first, second] = [await requireTestRun(store, a), await requireTestRun(store, b)]
  if (first.key !== second.key)
    throw new RuntapeError(
      'invalid-option',
      `Test run ${a} replays '${first.key}' and ${b} replays '${second.key}', so they have no common sources. Compare test runs of one function.`,
    )
  const [before, after] = [await itemsOf(store, first), await itemsOf(store, second)]
  const sources = [...new Set([...before.keys(), ...after.keys()])].map(source =>
    compared(source, before.get(source), after.get(source)),
  )
  const count = (wanted: (source: ComparedSource) => boolean) => sources.filter(wanted).length
  const of = (change: ItemChange) => count(source => source.change === change)
  return {
    a: first,
    b: second,
    sources,
    counts: {
      better: of('better'),
      worse: of('worse'),
      same: of('same'),
      unknown: of('unknown'),
      onlyInA: count(source => !source.b),
      onlyInB: count(source => !source.a),
    },
  }
}

async function requireTestRun(store: Store, testRunId: string): Promise<TestRun> {
  const testRun = await store.testRuns.get(testRunId)
  if (testRun) return testRun
  throw new RuntapeError(
    'invalid-option',
    `The store has no test run "${testRunId}". "runtape replay" prints the id at its end; ids must be complete.`,
  )
}

/** By source, which is `[trace, span]` as JSON. */
async function itemsOf(store: Store, testRun: TestRun): Promise<Map<string, ComparedItem>> {
  const groups = await itemsBySource(store, testRun)
  return new Map(
    groups.map(rows => {
      const [{ sourceTraceId, sourceSpanId }] = rows as [ItemRow]
      return [JSON.stringify([sourceTraceId, sourceSpanId]), itemOf(rows, testRun)]
    }),
  )
}

function itemOf(rows: readonly ItemRow[], { verdicts }: TestRun): ComparedItem {
  const items = rows.map(itemOfRow) as [ReplayItem, ...ReplayItem[]]
  const { outcome, reason, traceId, scores, scoreErrors } =
    items.length === 1 ? items[0] : together(items[0], items)
  const given = rows.flatMap(row => verdicts[row.traceId ?? ''] ?? [])
  const verdict = given.reduce<Verdict | undefined>(
    (newest, each) => (newest && (newest.at ?? 0) > (each.at ?? 0) ? newest : each),
    undefined,
  )
  return {
    outcome,
    ...(reason !== undefined && { reason }),
    traceId,
    attempts: rows.length,
    scores: Object.fromEntries(
      Object.entries(scores).map(([name, { score }]) => [name, { score, ...versionOf(rows, name) }]),
    ),
    ...(scoreErrors && Object.keys(scoreErrors).length > 0 && { scoreErrors }),
    ...(verdict && { verdict }),
  }
}

function versionOf(rows: readonly ItemRow[], evaluator: string): { readonly version?: string } {
  const versions = new Set(rows.flatMap(({ scores }) => scores[evaluator]?.version ?? []))
  return versions.size === 0 ? {} : { version: [...versions].join(', ') }
}

function compared(source: string, a: ComparedItem | undefined, b: ComparedItem | undefined): ComparedSource {
  const [sourceTraceId, sourceSpanId] = JSON.parse(source) as [string, string | null]
  return {
    sourceTraceId,
    ...(sourceSpanId !== null && sourceSpanId !== undefined && { sourceSpanId }),
    ...(a && { a }),
    ...(b && { b }),
    ...(a && b && judgeChange(a, b)),
  }
}
