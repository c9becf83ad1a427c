import type { Page, Run, RunEvent, RunQuery, Store } from '@runtape/core'
import {
  type Checked,
  markOf,
  pageOf,
  readRunQuery,
  readUsageQuery,
  runOfEvents,
} from '@runtape/core/store-helpers'
import { liveEvents, openTape, type Tape } from './tape.ts'
import { usageOf } from './usage.ts'

/** The `runs` part of a memory store. */
export function runQueries(tape: Tape): Store['runs'] {
  return {
    get: async runId => runsOf(openTape(tape)).find(run => run.runId === runId),
    list: async query => listRuns(openTape(tape), readRunQuery(query)),
    usage: async query => usageOf(runsOf(openTape(tape)), readUsageQuery(query)),
  }
}

function listRuns(tape: Tape, query: Checked<RunQuery>): Page<Run> {
  // Later pages show the runs as they were at the first one: an event that comes in between moves none.
  const mark = markOf(query) ?? liveEvents(tape).length
  const runs = runsOf(tape, mark).filter(run => matchesRun(run, query))
  return pageOf(runs, run => [run.firstAt, run.runId], query, mark)
}

/** Every run, from the first `mark` live events. */
export function runsOf(tape: Tape, mark?: number): Run[] {
  const events = liveEvents(tape).slice(0, mark)
  const byRun = Map.groupBy(
    events.sort((a, b) => a.at - b.at),
    event => event.runId,
  )
  return [...byRun].flatMap(([runId, own]) => runOfEvents(own, spanTraceOf(tape, runId)) ?? [])
}

function spanTraceOf(tape: Tape, runId: string): string | undefined {
  const spans = [...tape.spans.values()].filter(span => span.runId === runId && !span.replay)
  return spans.sort((a, b) => a.startedAt - b.startedAt)[0]?.traceId
}

function matchesRun(run: Run, query: Checked<RunQuery>): boolean {
  return (
    (query.configKey === undefined || run.configKey === query.configKey) &&
    (query.variationKey === undefined || run.variationKey === query.variationKey) &&
    isFor(run, query) &&
    hasOutcome(run.events, query)
  )
}

/** Whether the run is for the context of the query. */
export const isFor = (
  { context }: Run,
  { contextKind, contextKey }: Pick<RunQuery, 'contextKind' | 'contextKey'>,
) =>
  (contextKind === undefined || context?.kind === contextKind) &&
  (contextKey === undefined || context?.key === contextKey)

/** Whether the events of one run have the outcome and the feedback asked for. */
export function hasOutcome(
  events: readonly RunEvent[],
  query: Pick<RunQuery, 'outcome' | 'feedback'>,
): boolean {
  const field = (metric: string, name: 'status' | 'kind'): unknown =>
    (events.find(event => event.metric === metric)?.value as Record<string, unknown> | undefined)?.[name]
  return (
    (query.outcome === undefined || field('outcome', 'status') === query.outcome) &&
    (query.feedback === undefined || field('feedback', 'kind') === query.feedback)
  )
}
