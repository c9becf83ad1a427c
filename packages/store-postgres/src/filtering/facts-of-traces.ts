import type { SpanRecord } from '@runtape/core'
import type { Condition } from '@runtape/core/filter'
import { type TraceFacts, traceFacts } from '@runtape/core/store-helpers'
import { cohortsOfTraces } from '../cohorts/cohorts-of-traces.ts'
import type { Queries } from '../database/database.ts'
import { allOf, sql } from '../database/sql.ts'
import { keyText } from '../database/values.ts'
import { isReceived, type Moment, now } from '../history/moment.ts'
import { readSpanFacts, readSpans } from '../records/read-spans.ts'
import { reviewedAmong } from '../reviews/reviewed.ts'

/** A run, or a trace without runs. */
export interface Subject {
  readonly runId?: string | undefined
  readonly traceId?: string | undefined
}

/** The facts of these runs and their traces, as of a moment. Cohorts and reviews are those of the present. */
export async function factsOfTraces(
  queries: Queries,
  subjects: readonly Subject[],
  where: readonly Condition[],
  moment: Moment,
): Promise<(subject: Subject) => TraceFacts> {
  const ids = [...new Set(subjects.flatMap(({ traceId }) => traceId ?? []))]
  const byTrace = Map.groupBy(await spansFor(queries, ids, where, moment), span => span.traceId)
  const needs = (field: string) =>
    where.some(condition => condition.kind !== 'search' && condition.field === field)
  const cohorts = needs('cohort') ? await cohortsOfTraces(queries, ids) : undefined
  const isReviewed = needs('reviewed')
    ? await reviewedAmong(queries, subjects, { by: undefined, moment: now })
    : undefined
  const facts = new Map(
    ids.map(id => [
      id,
      { ...traceFacts(byTrace.get(id) ?? []), ...(cohorts && { cohorts: cohorts.get(keyText(id)) ?? [] }) },
    ]),
  )
  return subject => {
    const own = facts.get(subject.traceId ?? '') ?? traceFacts([])
    return isReviewed ? { ...own, isReviewed: isReviewed(subject) } : own
  }
}

/** The spans that the conditions need: none, roots, or all. */
async function spansFor(
  queries: Queries,
  ids: readonly string[],
  where: readonly Condition[],
  moment: Moment,
): Promise<SpanRecord[]> {
  const fields = where.map(condition => (condition.kind === 'search' ? 'text' : condition.field))
  const needsAll = fields.some(field => ['key', 'tool'].includes(field))
  const needsRoots = fields.some(field => ['text', 'session', 'tag'].includes(field))
  if (ids.length === 0 || !(needsAll || needsRoots)) return []
  const read = fields.includes('text') ? readSpans : readSpanFacts
  return read(
    queries,
    allOf([
      sql`trace_id = ANY(${ids}::text[])`,
      needsAll ? undefined : sql`parent_span_id IS NULL`,
      isReceived(moment, 'span'),
    ]),
  )
}
