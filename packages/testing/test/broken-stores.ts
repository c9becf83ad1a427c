import type { Payload, RunEvent, SpanRecord, TapeRecord } from '@runtape/core'
import { identityOf } from '@runtape/core/internal'
import type { Run, Store, UsageQuery } from '@runtape/core/store'
import { deferredPayload, readUsageQuery, recordProblem } from '@runtape/core/store-helpers'
import { appendToTape } from '../src/memory/append.ts'
import { identityKey } from '../src/memory/identity-key.ts'
import { usageAt } from '../src/memory/runs/runs.ts'
import { usageOf } from '../src/memory/runs/usage.ts'
import { newTape, openTape, type Tape } from '../src/memory/traces/tape.ts'
import { memoryStore, storeOnTape } from '../src/memory-store.ts'
import type { BrokenStore } from './broken-store.ts'
import { brokenTestRuns } from './broken-test-runs.ts'
import { brokenKeeping } from './broken-upkeep.ts'

/** A memory store that uses `append` for both `append` and `appendSync`. */
function appending(
  append: (tape: Tape, records: readonly TapeRecord[]) => ReturnType<typeof appendToTape>,
): Store {
  const tape = newTape()
  return {
    ...storeOnTape(tape),
    append: async records => append(openTape(tape), records),
    appendSync: records => append(openTape(tape), records),
  }
}

/** A memory store whose usage counts changed runs. */
function billing(change: (run: Run, tape: Tape) => Run[]): Store {
  const tape = newTape()
  const store = storeOnTape(tape)
  const usage: Store['runs']['usage'] = async query =>
    usageAt(openTape(tape), readUsageQuery(query), (runs, read) =>
      usageOf(
        runs.flatMap(run => change(run, tape)),
        read,
      ),
    )
  return { ...store, runs: { ...store.runs, usage } }
}

/** A store that returns nothing for an invalid query. */
function ignoresBadQueries(): Store {
  const store = memoryStore()
  const list: Store['runs']['list'] = query => store.runs.list(query).catch(() => ({ items: [] }))
  return { ...store, runs: { ...store.runs, list } }
}

/** A store that reads texts without a zone as local times in a zone other than UTC, as `new Date(text)` does. */
function readsLocalTimes(): Store {
  const store = memoryStore()
  const local = (query: UsageQuery): UsageQuery =>
    typeof query.since === 'string' && !/(Z|[+-]\d\d:\d\d|[smhdw])$/.test(query.since)
      ? { ...query, since: `${query.since}+02:00` }
      : query
  return { ...store, runs: { ...store.runs, usage: (query = {}) => store.runs.usage(local(query)) } }
}

/** A store that reads a filter only if it understands all of it. */
function ignoresFilters(): Store {
  const store = memoryStore()
  const list: Store['runs']['list'] = ({ where = '', ...query } = {}) =>
    store.runs.list(where.includes('context.') ? query : { ...query, where })
  return { ...store, runs: { ...store.runs, list } }
}

/** A store whose last writer of a view wins. */
function overwritesViews(): Store {
  const store = memoryStore()
  const put: Store['views']['put'] = async view => {
    const version = (await store.views.get(view.name))?.version
    return store.views.put({ ...view, ...(version !== undefined && { version }) })
  }
  return { ...store, views: { ...store.views, put } }
}

/** A store that treats an unknown cost as zero. */
function countsUnknownAsZero(): Store {
  const store = memoryStore()
  const list: Store['runs']['list'] = ({ where = '', ...query } = {}) =>
    store.runs.list({ ...query, where: where === 'cost<1' ? '-cost>=1' : where })
  return { ...store, runs: { ...store.runs, list } }
}

/** A store that keeps no tombstones. */
function forgetsTombstones(): Store {
  const tape = newTape()
  const store = storeOnTape(tape)
  return { ...store, erase: (...args) => store.erase(...args).finally(() => tape.tombstones.clear()) }
}

function leavesReplays(): Store {
  const tape = newTape()
  const store = storeOnTape(tape)
  const erase: Store['erase'] = async (...args) => {
    const replays = [...tape.spans].filter(([, { replay }]) => replay)
    const receipt = await store.erase(...args)
    for (const [key, span] of replays) tape.spans.set(key, span)
    return receipt
  }
  return { ...store, erase }
}

function removesInDryRuns(): Store {
  const store = memoryStore()
  return { ...store, erase: (target, { dryRun: _, ...options } = {}) => store.erase(target, options) }
}

function billsPrunedPast(): Store {
  const tape = newTape()
  const store = storeOnTape(tape)
  return { ...store, prune: (...args) => store.prune(...args).finally(() => tape.removed.splice(0)) }
}

/** A store that looks for the customer in the first event only. */
function forgetsCustomers(): Store {
  const tape = newTape()
  const store = storeOnTape(tape)
  const usage: Store['runs']['usage'] = async (given = {}) => {
    const { contextKey, contextKind, ...query } = readUsageQuery(given)
    const isFor = ({ events: [first] }: Run) =>
      (contextKey === undefined || first?.context?.key === contextKey) &&
      (contextKind === undefined || first?.context?.kind === contextKind)
    return usageAt(openTape(tape), query, (runs, read) => usageOf(runs.filter(isFor), read))
  }
  return { ...store, runs: { ...store.runs, usage } }
}

/** A store that does not mark redacted values. */
function hidesRedactions(): Store {
  const store = memoryStore()
  const payload: Store['traces']['payload'] = async (...args) => {
    const part = await store.traces.payload(...args)
    const without = <T extends { redacted?: unknown }>({ redacted: _, ...rest }: T) => rest as T
    return part && { ...without(part), ...(part.children && { children: part.children.map(without) }) }
  }
  return { ...store, traces: { ...store.traces, payload } }
}

/** A store whose later pages of a skeleton show spans that arrived after the first page. */
function shiftsSkeletons(): Store {
  const tape = newTape()
  const store = storeOnTape(tape)
  const skeleton: Store['traces']['skeleton'] = (traceId, { cursor, ...query } = {}) => {
    if (cursor === undefined) return store.traces.skeleton(traceId, query)
    const parts = JSON.parse(Buffer.from(cursor, 'base64url').toString()) as object
    const now = JSON.stringify({ ...parts, mark: tape.last.revision })
    return store.traces.skeleton(traceId, { ...query, cursor: Buffer.from(now).toString('base64url') })
  }
  return { ...store, traces: { ...store.traces, skeleton } }
}

/** A store that searches in raw JSON. */
function searchesEscapes(): Store {
  const store = memoryStore()
  const search: Store['traces']['search'] = (traceId, query) =>
    store.traces.search(traceId, { ...query, text: JSON.stringify(query.text).slice(1, -1) })
  return { ...store, traces: { ...store.traces, search } }
}

function lastWriteWins(): Store {
  return appending((tape, records) => {
    const receipt = appendToTape(tape, records)
    for (const record of records) {
      if (record.kind === 'span') tape.spans.set(identityKey(record), record)
      else tape.events.set(identityKey(record), record)
    }
    return receipt
  })
}

function keepsDuplicates(): Store {
  return appending((tape, records) => {
    for (const record of records) {
      const first = identityKey(record)
      const isThere = tape.events.has(first) || tape.spans.has(first)
      const key = isThere ? `${first} ${tape.events.size + tape.spans.size}` : first
      if (record.kind === 'span') tape.spans.set(key, record)
      else tape.events.set(key, record)
    }
    return { accepted: records.length, duplicates: 0, conflicts: 0, conflicting: [] }
  })
}

function hidesConflicts(): Store {
  return appending((tape, records) => {
    const { accepted, duplicates, conflicts } = appendToTape(tape, records)
    return { accepted, duplicates: duplicates + conflicts, conflicts: 0, conflicting: [] }
  })
}

function comparesTexts(textOf: (record: TapeRecord) => unknown): Store {
  return appending((tape, records) => {
    const receipts = records.map(record => {
      const known = tape.events.get(identityKey(record)) ?? tape.spans.get(identityKey(record))
      const receipt = appendToTape(tape, [record])
      if (!known || JSON.stringify(textOf(known)) === JSON.stringify(textOf(record))) return receipt
      return { accepted: 0, duplicates: 0, conflicts: 1, conflicting: [identityOf(record)] }
    })
    const sum = (field: 'accepted' | 'duplicates' | 'conflicts') =>
      receipts.reduce((total, receipt) => total + receipt[field], 0)
    const conflicting = receipts.flatMap(receipt => receipt.conflicting)
    return {
      accepted: sum('accepted'),
      duplicates: sum('duplicates'),
      conflicts: sum('conflicts'),
      conflicting,
    }
  })
}

function letsReplaysTakeSlots(): Store {
  return appending((tape, records) =>
    appendToTape(
      tape,
      records.map(record => {
        if (record.kind === 'span') return record
        const { replay: _, ...live } = record
        return live
      }),
    ),
  )
}

function addsCallsToTokens(): Store {
  return billing(run => {
    const { tokens: _, ...metrics } = run.metrics
    const asCall = (event: RunEvent): RunEvent =>
      event.metric === 'tokens'
        ? {
            ...event,
            metric: 'call:tokens',
            value: { status: 'success', durationMs: 0, usage: event.value as never },
          }
        : event
    return [{ ...run, metrics, events: run.events.map(asCall) }]
  })
}

function billsReplays(): Store {
  return billing((run, tape) => {
    const replayed = [...tape.events.values()].some(event => event.replay && event.runId === run.runId)
    return replayed ? [run, run] : [run]
  })
}

/** A memory store whose usage counts changed events. */
function pricing(change: (event: RunEvent, run: Run) => RunEvent): Store {
  return billing(run => [{ ...run, events: run.events.map(event => change(event, run)) }])
}

const free = { nanoUsd: 0, priceList: 'none@1' }

function countsUnpricedAsFree(): Store {
  return pricing(event => ({ cost: free, ...event }))
}

function leavesOutUnpricedRuns(): Store {
  return billing(run => {
    const used = run.events.filter(({ metric }) => metric === 'tokens' || metric.startsWith('call:'))
    return used.length === 0 || used.some(({ cost }) => cost) ? [run] : []
  })
}

function billsPartlyPricedRuns(): Store {
  return pricing((event, run) => (run.events.some(({ cost }) => cost) ? { cost: free, ...event } : event))
}

function pricesTokensBeforeCalls(): Store {
  return pricing((event, run) => {
    const hasOwn = run.events.some(({ metric }) => metric === 'tokens')
    return hasOwn && event.metric.startsWith('call:') ? { ...event, metric: 'score:call' } : event
  })
}

function losesCosts(): Store {
  return appending((tape, records) =>
    appendToTape(
      tape,
      records.map(record => {
        if (record.kind === 'span') return record
        const { cost: _, ...rest } = record
        return rest
      }),
    ),
  )
}

/** Sums costs in dollars, as floating-point numbers. */
function sumsDollars(): Store {
  const store = memoryStore()
  const usage: Store['runs']['usage'] = async query => {
    const rows = await store.runs.usage({ ...query, groupBy: [...(query?.groupBy ?? []), ...splitting] })
    const groups = Map.groupBy(rows, ({ group }) =>
      JSON.stringify((query?.groupBy ?? []).map(by => group[by])),
    )
    return [...groups.values()].flatMap(([first, ...rest]) => {
      const dollars = [first, ...rest].map(row => (row?.cost?.nanoUsd ?? 0) / 1e9)
      const nanoUsd = dollars.reduce((sum, each) => sum + each, 0) * 1e9
      return first ? [{ ...first, cost: { nanoUsd: Math.floor(nanoUsd), unpricedRuns: 0 } }] : []
    })
  }
  return { ...store, runs: { ...store.runs, usage } }
}

const splitting = ['hour', 'config', 'variation', 'version', 'model', 'contextKey'] as const

function losesTies(): Store {
  const store = memoryStore()
  const list: Store['traces']['list'] = async (query = {}) => {
    const { cursor, ...rest } = query
    const until = cursor === undefined ? rest.until : Number(cursor)
    const page = await store.traces.list({ ...rest, ...(until !== undefined && { until }) })
    const last = page.items.at(-1)
    return page.nextCursor && last ? { items: page.items, nextCursor: String(last.startedAt) } : page
  }
  return { ...store, traces: { ...store.traces, list } }
}

function pagesByOffset(): Store {
  const store = memoryStore()
  const list: Store['traces']['list'] = async (query = {}) => {
    const { cursor, limit = 50, ...rest } = query
    const from = Number(cursor ?? 0)
    const { items } = await store.traces.list({ ...rest, limit: 1000 })
    const page = { items: items.slice(from, from + limit) }
    return from + limit < items.length ? { ...page, nextCursor: String(from + limit) } : page
  }
  return { ...store, traces: { ...store.traces, list } }
}

function leavesChildrenAsTheyCome(): Store {
  const tape = newTape()
  const store = storeOnTape(tape)
  const get: Store['traces']['get'] = async traceId => {
    const trace = await store.traces.get(traceId)
    return trace && { ...trace, spans: [...tape.spans.values()].filter(span => span.traceId === traceId) }
  }
  return { ...store, traces: { ...store.traces, get } }
}

/** A memory store that defers outputs by `leaveOut`. */
function deferring(leaveOut: (span: SpanRecord, from: number) => SpanRecord): Store {
  const store = memoryStore()
  const get: Store['traces']['get'] = async (traceId, { deferOutputsFrom: from } = {}) => {
    const trace = await store.traces.get(traceId)
    if (!trace || from === undefined) return trace
    const spans = trace.spans.map(span => leaveOut(span, from))
    return { ...trace, root: leaveOut(trace.root, from), spans }
  }
  return { ...store, traces: { ...store.traces, get } }
}

const withoutOutput = (span: SpanRecord, { lossy, redacted }: Partial<Payload> = {}): SpanRecord => {
  const bytes = span.output?.json.length ?? 0
  return {
    ...span,
    output: deferredPayload(bytes, { ...(lossy && { lossy }), ...(redacted && { redacted }) }),
  }
}

const isLarge = ({ output }: SpanRecord, from: number) => output !== undefined && output.json.length >= from

function defersTheRoot(): Store {
  return deferring((span, from) => (isLarge(span, from) ? withoutOutput(span, span.output) : span))
}

function losesMarksOfDeferred(): Store {
  return deferring((span, from) =>
    span.parentSpanId && isLarge(span, from) && span.resultKind === 'promise' ? withoutOutput(span) : span,
  )
}

function defersForGood(): Store {
  const store = memoryStore()
  const getSpan: Store['traces']['getSpan'] = async (traceId, spanId) => {
    const trace = await store.traces.get(traceId, { deferOutputsFrom: 1 })
    return trace?.spans.find(span => span.spanId === spanId)
  }
  return { ...store, traces: { ...store.traces, getSpan } }
}

function keepsHalfOfABatch(): Store {
  return appending((tape, records) => appendToTape(tape, records.slice(0, 1000)))
}

/** A store that silently skips invalid records of a batch. */
function skipsBadRecords(): Store {
  return appending((tape, records) =>
    appendToTape(
      tape,
      records.filter(record => recordProblem(record) === undefined),
    ),
  )
}

/** A store that writes record by record until one is invalid. */
function keepsWhatCameBefore(): Store {
  return appending((tape, records) => {
    const receipts = records.map(record => appendToTape(tape, [record]))
    const sum = (field: 'accepted' | 'duplicates' | 'conflicts') =>
      receipts.reduce((total, receipt) => total + receipt[field], 0)
    return {
      accepted: sum('accepted'),
      duplicates: sum('duplicates'),
      conflicts: sum('conflicts'),
      conflicting: receipts.flatMap(({ conflicting }) => conflicting),
    }
  })
}

/** A store that keeps texts as UTF-8, which has no halves of surrogate pairs. */
function foldsHalves(): Store {
  return appending((tape, records) =>
    appendToTape(
      tape,
      records.map(record => {
        const { runId } = (record ?? {}) as { runId?: unknown }
        return typeof runId === 'string' ? { ...record, runId: runId.toWellFormed() } : record
      }),
    ),
  )
}

/** A store in which a run belongs to its earliest event of any kind. */
function belongsToAnyEvent(): Store {
  return billing(run => {
    const earliest = run.events.toSorted((a, b) => a.at - b.at)[0]
    return [{ ...run, firstAt: earliest?.at ?? run.firstAt, configKey: earliest?.configKey ?? run.configKey }]
  })
}

/** A store that ignores `asOf`. */
function forgetsRevisions(): Store {
  const store = memoryStore()
  const usage: Store['runs']['usage'] = async ({ asOf: _, adjustments, ...query } = {}) =>
    adjustments ? [] : store.runs.usage(query)
  return { ...store, runs: { ...store.runs, usage } }
}

/** A store that changes the query of its usage. */
function askedForBills(change: (query: UsageQuery) => UsageQuery): Store {
  const store = memoryStore()
  return { ...store, runs: { ...store.runs, usage: query => store.runs.usage(change(query ?? {})) } }
}

function forgetsTheRest(): Store {
  const store = memoryStore()
  const usage: Store['runs']['usage'] = async query =>
    (await store.runs.usage(query)).filter(({ rest }) => rest === undefined)
  return { ...store, runs: { ...store.runs, usage } }
}

function believesEveryClock(): Store {
  return appending((tape, records) => {
    const { misdated: _, ...receipt } = appendToTape(tape, records)
    tape.arrivals.clear()
    return receipt
  })
}

function overwritesCosts(): Store {
  return appending((tape, records) => {
    const receipt = appendToTape(tape, records)
    for (const record of records) {
      const price = record.kind === 'span' ? undefined : tape.prices.get(identityKey(record))
      if (record.kind !== 'span' && record.cost && price)
        tape.prices.set(identityKey(record), { ...price, cost: record.cost })
    }
    return receipt
  })
}

/** A store with one offset for the whole year. */
function knowsNoSummer(): Store {
  const store = memoryStore()
  const usage: Store['runs']['usage'] = async (query = {}) =>
    store.runs.usage(query.timeZone === 'Europe/Berlin' ? { ...query, timeZone: 'Africa/Lagos' } : query)
  return { ...store, runs: { ...store.runs, usage } }
}

export const brokenStores: readonly BrokenStore[] = [
  ...brokenTestRuns,
  ...brokenKeeping,
  {
    does: 'uses one offset all year for a time zone',
    open: knowsNoSummer,
    breaks: [
      'time zones: days and months start at local midnight, in summer and in winter',
      'time zones: a day with a clock change is one day, and its repeated hour is two hours',
    ],
  },
  {
    does: 'silently skips invalid records',
    open: skipsBadRecords,
    breaks: ['append: an invalid record is refused, and so is its whole batch'],
  },
  {
    does: 'keeps the records before the invalid one of a refused batch',
    open: keepsWhatCameBefore,
    breaks: [
      'append: an invalid record is refused, and so is its whole batch',
      'appendSync: an invalid record is refused, and so is its whole batch',
    ],
  },
  {
    does: 'merges two run ids that differ in half of a surrogate pair',
    open: foldsHalves,
    breaks: ['append: run ids and metrics that differ in half of a surrogate pair stay distinct'],
  },
  {
    does: 'lets feedback from a slow clock move a run',
    open: belongsToAnyEvent,
    breaks: ['history: feedback and scores from a slow clock do not move a run to an earlier period'],
  },
  {
    does: 'has no history',
    open: forgetsRevisions,
    breaks: [
      'history: later records do not change usage as of a revision',
      'history: usage as of a time covers the records received until then',
      'history: adjustments are the changes since then, in the same groups',
    ],
  },
  {
    does: 'ignores the outcome filter in usage',
    open: () => askedForBills(({ outcome: _, ...query }) => query),
    breaks: ['usage: takes every filter of runs.list, and counts the same runs'],
  },
  {
    does: 'drops the groups beyond the limit',
    open: forgetsTheRest,
    breaks: ['usage: groups beyond the limit are one extra row, and the totals are the same'],
  },
  {
    does: 'starts buckets at midnight UTC',
    open: () =>
      askedForBills(({ timeZone, ...query }) =>
        query.bucketMs ? query : { ...query, ...(timeZone && { timeZone }) },
      ),
    breaks: ['usage: buckets of any width start at local midnight or on Monday, across clock changes'],
  },
  {
    does: 'accepts impossible times',
    open: believesEveryClock,
    breaks: ['history: an impossible time is reported, and the run gets the time of receipt'],
  },
  {
    does: 'lets a later cost win',
    open: overwritesCosts,
    breaks: ['append: a duplicate with a cost adds a missing cost, once'],
  },
  {
    does: 'ignores a filter with a condition that it does not know',
    open: ignoresFilters,
    breaks: ['filters: a filter selects the same runs in list, usage and facets'],
  },
  {
    does: 'lets the last writer of a view win',
    open: overwritesViews,
    breaks: ['views: a writer that has not read the current version is refused, and changes nothing'],
  },
  {
    does: 'takes an unknown cost for zero',
    open: countsUnknownAsZero,
    breaks: ['filters: a comparison with an unknown amount does not hold; negated, it does'],
  },
  {
    does: 'returns nothing for an invalid query',
    open: ignoresBadQueries,
    breaks: [
      'queries: each refuses an invalid time and an unknown option',
      'queries: a filter of the wrong type or with an unknown word is refused',
    ],
  },
  {
    does: 'keeps no tombstones, so that late records bring erased data back',
    open: forgetsTombstones,
    breaks: [
      'erase: late records of an erased target are duplicates, even new ones, and do not bring it back',
    ],
  },
  {
    does: 'keeps replays of erased traces',
    open: leavesReplays,
    breaks: [
      'erase: a run is removed with its run, trace and replays, and nothing else; a dry run counts them',
    ],
  },
  {
    does: 'removes in a dry run',
    open: removesInDryRuns,
    breaks: [
      'erase: a context is removed with its run, trace and replays, and nothing else; a dry run counts them',
    ],
  },
  {
    does: 'returns usage for a revision with pruned runs',
    open: billsPrunedPast,
    breaks: ['prune, erase: usage as of a revision is refused if it covers removed records, else unchanged'],
  },
  {
    does: 'reads times without a zone as local',
    open: readsLocalTimes,
    breaks: ['queries: a time is a Date, ISO text (default zone: UTC) or milliseconds'],
  },
  {
    does: 'looks for the customer in the first event of a run only',
    open: forgetsCustomers,
    breaks: ['queries: runs and usage are filtered by the context of the run'],
  },
  {
    does: 'lets the last write win',
    open: lastWriteWins,
    breaks: [
      'append: another value for a metric is a conflict; the receipt names it and the first value stays',
    ],
  },
  {
    does: 'keeps duplicates',
    open: keepsDuplicates,
    breaks: ['append: the same record again is a duplicate, and is stored once'],
  },
  {
    does: 'counts conflicts as duplicates',
    open: hidesConflicts,
    breaks: [
      'append: another value for a metric is a conflict; the receipt names it and the first value stays',
      'append: a success after an error is a conflict, because they share a slot',
    ],
  },
  {
    does: 'treats a value at another time as another value',
    open: () => comparesTexts(record => record),
    breaks: ['append: the same value from a resumed process is a duplicate, even if later and less complete'],
  },
  {
    does: 'treats another order of keys as another value',
    open: () => comparesTexts(record => (record.kind === 'span' ? record : record.value)),
    breaks: ['append: the order of keys in a value does not matter'],
  },
  {
    does: 'lets replays take the slots of live runs',
    open: letsReplaysTakeSlots,
    breaks: ['replay: an event of a replay never takes a live slot, in either order'],
  },
  {
    does: 'bills replays',
    open: billsReplays,
    breaks: ['replay: usage counts no runs, tokens, cost, times or feedback of a replay'],
  },
  {
    does: 'adds the calls of a run to its tokens',
    open: addsCallsToTokens,
    breaks: ['usage: a run counts its tokens slot, or else the sum of its calls'],
  },
  {
    does: 'counts the cost of unpriced runs as zero',
    open: countsUnpricedAsFree,
    breaks: [
      'usage: a run with an unpriced part counts as unpriced and adds no cost',
      'usage: cost is absent if no run is priced, and zero if all are free',
    ],
  },
  {
    does: 'does not count runs without a price',
    open: leavesOutUnpricedRuns,
    breaks: ['usage: a run with an unpriced part counts as unpriced and adds no cost'],
  },
  {
    does: 'counts the priced part of a run',
    open: billsPartlyPricedRuns,
    breaks: ['usage: a run with an unpriced part counts as unpriced and adds no cost'],
  },
  {
    does: 'prices the tokens of a run before its calls',
    open: pricesTokensBeforeCalls,
    breaks: ['usage: the cost of a run is the sum of its calls with usage, or else the cost of its tokens'],
  },
  {
    does: 'loses costs',
    open: losesCosts,
    breaks: [
      'append: the cost of an event is kept; the event with another cost is a duplicate',
      'usage: cost is the sum over all runs',
    ],
  },
  {
    does: 'sums costs in floating-point dollars',
    open: sumsDollars,
    breaks: ['usage: with any grouping the row costs add up to the cost of all records'],
  },
  {
    does: 'loses items with equal times between pages',
    open: losesTies,
    breaks: ['traces.list: pages contain every trace once, with equal times and while traces arrive'],
  },
  {
    does: 'pages by position, so that new items shift the pages',
    open: pagesByOffset,
    breaks: ['traces.list: pages contain every trace once, with equal times and while traces arrive'],
  },
  {
    does: 'returns children in arrival order',
    open: leavesChildrenAsTheyCome,
    breaks: ['traces.get: parents precede children, and children are in seq order, in any arrival order'],
  },
  {
    does: 'defers outputs of synchronous calls, too',
    open: defersTheRoot,
    breaks: ['traces.get: with deferOutputsFrom, the root, small and synchronous outputs are complete'],
  },
  {
    does: 'drops the marks of a deferred output',
    open: losesMarksOfDeferred,
    breaks: ['traces.get: with deferOutputsFrom, a large output is complete, or deferred to getSpan'],
  },
  {
    does: 'never returns a deferrable output',
    open: defersForGood,
    breaks: ['traces.get: with deferOutputsFrom, a large output is complete, or deferred to getSpan'],
  },
  {
    does: 'says nothing of what was redacted',
    open: hidesRedactions,
    breaks: ['traces.payload: a reader sees types, references, and where a value was redacted or lost'],
  },
  {
    does: 'shows later spans on the next page of a skeleton',
    open: shiftsSkeletons,
    breaks: ['traces.skeleton: shows the trace as of the first page; a trace without a root is undefined'],
  },
  {
    does: 'searches in JSON as it is written',
    open: searchesEscapes,
    breaks: ['traces.search: quotes, escapes, numbers and composed characters are found as they are read'],
  },
  {
    does: 'truncates large batches',
    open: keepsHalfOfABatch,
    breaks: ['append: a batch of 2,000 records is kept, and is all duplicates the second time'],
  },
]
