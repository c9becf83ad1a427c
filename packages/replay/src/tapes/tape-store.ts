import { statSync } from 'node:fs'
import { consoleLogger, type Logger, type RunEvent, RuntapeError, type SpanRecord } from '@runtape/core'
import type { ListedRun, Run, Store, TraceQuery } from '@runtape/core/store'
import {
  type Checked,
  orderSpans,
  pageOf,
  partsOfSpans,
  previewInTrace,
  readAsOf,
  readRunQuery,
  readTraceOptions,
  readTraceQuery,
  runOfEvents,
  runsPage,
} from '@runtape/core/store-helpers'
import pLimit from 'p-limit'
import { markForgetful } from './forgetful-stores.ts'
import { ReplayMemory } from './replay-memory.ts'
import { TapeIndex } from './tape-index.ts'
import { matches, rootOf, type TraceEntry } from './trace-entry.ts'

export interface TapeStoreOptions {
  /** Default: the console. */
  readonly logger?: Logger
}

/**
 * A store over the tape files of a folder, as written by `exportTape` and `runtape export`: for replays without the original
 * database. The files are read only. Records of a replay are kept in memory and end with the process. Live records are refused,
 * and so is `runs.usage`, because selected traces are not a bill. Closing the store has no effect. Other files in the folder are
 * skipped; `.json` files among them cause a warning.
 *
 * @throws {RuntapeError} `store-unusable` if the folder does not exist; a query throws `invalid-record` with the file and the
 * problem
 *
 * @example
 * ```ts
 * import { replay } from '@runtape/replay'
 * import { tapeStore } from '@runtape/replay/tapes'
 * import { traced } from '@runtape/trace'
 *
 * const answer = traced('support.answer', async (question: string) => question.toUpperCase())
 * const report = await replay(answer, { store: tapeStore('tapes'), mock: 'marked' })
 * ```
 */
export function tapeStore(folder: string, { logger = consoleLogger }: TapeStoreOptions = {}): Store {
  requireFolder(folder)
  const files = new TapeIndex(folder, logger)
  const memory = new ReplayMemory()
  const spansOf = async (traceId: string) => {
    const replayed = memory.spans(traceId)
    return replayed.length > 0 ? replayed : files.spans(traceId)
  }
  return markForgetful({
    append: async records => memory.append(records),
    runs: runQueries(files),
    traces: {
      get: async (traceId, options) => {
        requireNow(readTraceOptions(options))
        const spans = await spansOf(traceId)
        const root = rootOf(spans)
        return root && { traceId, root, spans: orderSpans(spans) }
      },
      getSpan: async (traceId, spanId, options) => {
        requireNow(readAsOf('traces.getSpan', options))
        return (await spansOf(traceId)).find(span => span.spanId === spanId)
      },
      list: async given => {
        const query = readTraceQuery(given)
        await requireTold(query)
        requireNow(query)
        const entries = query.testRunId === undefined ? await files.entries() : memory.entries()
        return listTraces(entries, query)
      },
      ...partsOfSpans({
        markAt: asOf => {
          requireNow({ asOf })
          return 0
        },
        spans: spansOf,
        nanoUsdOf: async span => nanoUsdOf(files, span),
      }),
    },
    testRuns: memory.testRuns,
    ...refusedParts,
    close: async () => {},
  })
}

/** Files do not say when they were written. */
function requireNow({ asOf }: { readonly asOf?: unknown }): void {
  if (asOf === undefined) return
  throw new RuntapeError(
    'invalid-option',
    'Tape files have no history, so asOf cannot be used. Query the store that they were exported from.',
  )
}

/** What tape files cannot do. */
const refusedParts = {
  views: { put: refusePeople, get: refusePeople, list: refusePeople, remove: refusePeople },
  search: refuseSearch,
  revision: refuseBill,
  changes: refuseBill,
  reviews: {
    put: refusePeople,
    withdraw: refusePeople,
    list: refusePeople,
    queue: refusePeople,
    next: refusePeople,
    release: refusePeople,
    progress: refusePeople,
  },
  cohorts: {
    create: refusePeople,
    change: refusePeople,
    get: refusePeople,
    list: refusePeople,
    versions: refusePeople,
    entries: refusePeople,
    remove: refusePeople,
  },
  budgets: {
    put: refuseBill,
    list: refuseBill,
    remove: refuseBill,
    state: refuseBill,
    check: refuseBill,
    crossings: refuseBill,
  },
  health: { get: refuseBill, report: refuseBill },
  prune: refuseRemoval,
  erase: refuseRemoval,
} satisfies Partial<Store>

function requireFolder(folder: string): void {
  if (statSync(folder, { throwIfNoEntry: false })?.isDirectory()) return
  const advice = 'Write tape files with runtape export --out, or pass the folder that contains them.'
  throw new RuntapeError('store-unusable', `There is no folder ${folder} with tape files. ${advice}`)
}

async function nanoUsdOf(files: TapeIndex, span: SpanRecord): Promise<number | undefined> {
  if (span.runId === undefined || span.replay) return undefined
  const isOwn = ({ runId, metric }: RunEvent) => runId === span.runId && metric === `call:${span.spanId}`
  return (await files.events()).find(isOwn)?.cost?.nanoUsd
}

function listTraces(entries: readonly TraceEntry[], query: Checked<TraceQuery>) {
  const found = entries.filter(entry => matches(entry, query)).map(({ summary }) => summary)
  return pageOf(found, ({ startedAt, traceId }) => [startedAt, traceId], query)
}

function runQueries(files: TapeIndex): Store['runs'] {
  const all = async (): Promise<Run[]> => {
    const events = await files.events()
    return [...Map.groupBy(events, event => event.runId).values()].flatMap(own => runOfEvents(own) ?? [])
  }
  return {
    get: async (runId, options) => {
      requireNow(readAsOf('runs.get', options))
      return (await all()).find(run => run.runId === runId)
    },
    list: async given => {
      const query = readRunQuery(given)
      await requireTold(query)
      requireNow(query)
      const runs = await all()
      const facts = new Map((await files.entries()).map(({ summary, facts }) => [summary.traceId, facts]))
      const traceOf = ({ traceId = '' }: ListedRun) => facts.get(traceId)
      const page = runsPage(
        { runsAt: () => runs, mark: 0, previewOf: () => undefined, tracesAt: () => traceOf },
        query,
      )
      return { ...page, items: await pLimit(filesAtOnce).map(page.items, run => withPreview(files, run)) }
    },
    usage: refuseBill,
    facets: refuseBill,
  }
}

/** Files that are read at once for a page of runs. */
const filesAtOnce = 8

async function withPreview(files: TapeIndex, run: ListedRun): Promise<ListedRun> {
  if (run.traceId === undefined) return run
  const entry = (await files.entries()).find(({ summary }) => summary.traceId === run.traceId)
  const spans = await files.spans(run.traceId)
  const preview = previewInTrace(run.runId, spans, entry?.events.keys() ?? [])
  return preview ? { ...run, preview } : run
}

async function refuseBill(): Promise<never> {
  throw new RuntapeError(
    'invalid-option',
    'Tape files hold selected traces, so their sum is not a bill. Query the store that they were exported from.',
  )
}

async function refuseSearch(): Promise<never> {
  throw new RuntapeError(
    'invalid-option',
    'Tape files keep no texts to search. Search the store that they were exported from, or the traces one by one with traces.search.',
  )
}

async function refuseRemoval(): Promise<never> {
  throw new RuntapeError(
    'invalid-option',
    'Tape files are read only. Delete the files, and remove the traces from the store that they were exported from.',
  )
}

/** Files do not tell what people said. */
async function requireTold({ where = [] }: Pick<Checked<TraceQuery>, 'where'>): Promise<void> {
  const fields = where.map(condition => (condition.kind === 'search' ? '' : condition.field))
  if (fields.includes('cohort') || fields.includes('reviewed')) await refusePeople()
}

async function refusePeople(): Promise<never> {
  throw new RuntapeError(
    'invalid-option',
    'Tape files hold traces only, no cohorts, no reviews and no views. Use the store that they were exported from.',
  )
}
