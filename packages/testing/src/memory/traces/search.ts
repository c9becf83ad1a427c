import type { RunEvent, SpanRecord, TapeRecord } from '@runtape/core'
import type { SearchHit, SearchHits, Store } from '@runtape/core/store'
import {
  type CheckedSearch,
  excerptOf,
  isPossibleTime,
  listedRun,
  markOf,
  needsRun,
  pageOf,
  passesFilter,
  readSearchQuery,
  type SearchedText,
  textsOfEvent,
  textsOfRoot,
} from '@runtape/core/store-helpers'
import { identityKey } from '../identity-key.ts'
import { isReceived, revisionAt, revisionText } from '../revisions.ts'
import { traceFactsOf } from '../runs/facts.ts'
import { runsOf } from '../runs/runs.ts'
import { liveEvents, openTape, type Tape } from './tape.ts'

interface Source extends Pick<SearchHit, 'runId' | 'traceId' | 'at'> {
  readonly id: string
  readonly texts: readonly SearchedText[]
}

/** `search` of a memory store: reads everything. */
export const searchQueries = (tape: Tape): Pick<Store, 'search'> => ({
  search: async given => searchTape(openTape(tape), readSearchQuery(given)),
})

function searchTape(tape: Tape, query: CheckedSearch): SearchHits {
  const { since: _since, until: _until, asOf, ...paging } = query
  const revision = markOf(query) ?? revisionAt(tape, asOf)
  const traceOf = traceFactsOf(tape, revision)
  const runs = runsOf(tape, revision).map(run => listedRun(run))
  const hits = sourcesOf(tape, revision).flatMap(source => {
    const own = runs.filter(run =>
      source.runId === undefined ? run.traceId === source.traceId : run.runId === source.runId,
    )
    if (
      own.length === 0
        ? !isBetween(source.at, query) || needsRun(query)
        : !own.some(run => passesFilter(run, query, traceOf))
    )
      return []
    const [only] = own.length === 1 ? own : []
    return hitsIn({ ...source, ...(only && { runId: only.runId }) }, query.term)
  })
  const page = pageOf(hits, ({ hit, id }) => [hit.at, id], paging, revision)
  return { ...page, items: page.items.map(({ hit }) => hit), completeTo: revisionText(tape, revision) }
}

function hitsIn({ texts, id, ...source }: Source, term: string): { hit: SearchHit; id: string }[] {
  return texts.flatMap(({ in: place, text }) => {
    const found = excerptOf(text, term)
    return found ? [{ hit: { in: place, ...source, ...found }, id: `${id} ${place}` }] : []
  })
}

const isBetween = (at: number, { since = -Infinity, until = Infinity }: CheckedSearch): boolean =>
  at >= since && at < until

function sourcesOf(tape: Tape, revision: number): Source[] {
  const isThere = (record: TapeRecord) => isReceived(tape, record, revision)
  const roots = [...tape.spans.values()].filter(span => span.parentSpanId === undefined && !span.replay)
  const events = liveEvents(tape).filter(isThere)
  return [...roots.filter(isThere).map(sourceOfRoot), ...events.map(event => sourceOfEvent(tape, event))]
}

const sourceOfRoot = ({ traceId, spanId, startedAt, input, output, error }: SpanRecord): Source => ({
  id: spanId,
  traceId,
  at: startedAt,
  texts: textsOfRoot({
    input: input.json,
    output: output?.json,
    error: error && `${error.name}: ${error.message}`,
  }),
})

function sourceOfEvent(tape: Tape, event: RunEvent): Source {
  const { runId, traceId, at } = event
  const received = tape.arrivals.get(identityKey(event))?.at ?? at
  return {
    id: identityKey(event),
    runId,
    ...(traceId !== undefined && { traceId }),
    at: isPossibleTime(at, received) ? at : received,
    texts: textsOfEvent(event),
  }
}
