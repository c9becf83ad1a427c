import type { ListedRun, SearchHit } from '@runtape/core/store'
import {
  type CheckedSearch,
  type Excerpt,
  excerptOf,
  listedRun,
  needsRun,
  passesFilter,
} from '@runtape/core/store-helpers'
import type { Queries } from '../database/database.ts'
import { sql } from '../database/sql.ts'
import { factsOfTraces } from '../filtering/facts-of-traces.ts'
import type { Moment } from '../history/moment.ts'
import { readRuns } from '../records/read-runs.ts'
import { placeOf } from '../searched-texts/text-ids.ts'
import { liveRuns } from '../traces/matching-traces.ts'
import type { TextPlace } from './find-texts.ts'

export interface Hit extends TextPlace {
  readonly hit: SearchHit
}

interface TextRow extends TextPlace {
  readonly trace_id: string | null
  readonly run_id: string | null
  readonly text: string
}

/** A text that contains the term. */
interface FoundText extends TextRow {
  readonly excerpt: Excerpt
}

/** The hits among the texts at these places, in their order. */
export async function hitsAt(
  queries: Queries,
  places: readonly TextPlace[],
  query: CheckedSearch,
  moment: Moment,
): Promise<Hit[]> {
  const texts = await foundTexts(queries, places, query.term)
  if (texts.length === 0) return []
  const runsOf = await ownRuns(queries, texts, moment)
  const passes = await passing(queries, texts.flatMap(runsOf), query, moment)
  return texts.flatMap(text => {
    const own = runsOf(text)
    const isHit = own.length === 0 ? isBetween(text.at, query) && !needsRun(query) : own.some(passes)
    return isHit ? [{ at: text.at, id: text.id, hit: hitOf(text, own) }] : []
  })
}

async function foundTexts(
  queries: Queries,
  places: readonly TextPlace[],
  term: string,
): Promise<FoundText[]> {
  const rows = await queries.rows<TextRow>(
    sql`SELECT id, at, trace_id, run_id, text FROM @search_texts WHERE id = ANY(${places.map(({ id }) => id)}::bigint[])`,
  )
  const byId = new Map(rows.map(row => [row.id, row]))
  return places.flatMap(({ id }) => {
    const row = byId.get(id)
    const excerpt = row && excerptOf(row.text, term)
    return excerpt ? [{ ...row, excerpt }] : []
  })
}

type RunsOf = (text: TextRow) => readonly ListedRun[]

/** Finds the run of a text of an event, or all runs of the trace of a root. */
async function ownRuns(queries: Queries, texts: readonly TextRow[], moment: Moment): Promise<RunsOf> {
  const keys = [...new Set(texts.flatMap(({ run_id }) => run_id ?? []))]
  const traceIds = new Set(texts.flatMap(({ run_id, trace_id }) => (run_id === null ? (trace_id ?? []) : [])))
  const [byKey, byTrace] = [
    await readRuns(queries, keys, moment),
    await liveRuns(queries, [...traceIds], moment),
  ]
  const listed = new Map([...byKey].map(([key, run]) => [key, [listedRun(run)]]))
  return ({ run_id, trace_id }) =>
    run_id === null
      ? (byTrace.get(trace_id ?? '') ?? []).filter(run => run.traceId === trace_id)
      : (listed.get(run_id) ?? [])
}

async function passing(
  queries: Queries,
  runs: readonly ListedRun[],
  query: CheckedSearch,
  moment: Moment,
): Promise<(run: ListedRun) => boolean> {
  const factsOf = query.where && (await factsOfTraces(queries, runs, query.where, moment))
  return run => passesFilter(run, query, factsOf)
}

const isBetween = (at: number, { since = -Infinity, until = Infinity }: CheckedSearch): boolean =>
  at >= since && at < until

function hitOf({ id, at, trace_id, excerpt }: FoundText, own: readonly ListedRun[]): SearchHit {
  const [run] = own.length === 1 ? own : []
  return {
    in: placeOf(id),
    ...(run && { runId: run.runId }),
    ...(trace_id !== null && { traceId: trace_id }),
    at,
    ...excerpt,
  }
}
