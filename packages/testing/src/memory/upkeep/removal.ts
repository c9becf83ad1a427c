import type { RunEvent, SpanRecord } from '@runtape/core'
import { realNow } from '@runtape/core/internal'
import type { EraseTarget, RemovalReceipt, Run, Store } from '@runtape/core/store'
import {
  contextTombstone,
  erasedRunId,
  eventTombstone,
  isErasedSample,
  readEraseOptions,
  readEraseTarget,
  readPruneQuery,
  readRemovalOptions,
  type TestRunMemory,
  tombstoneOf,
  withoutPerson,
} from '@runtape/core/store-helpers'
import { identityKey } from '../identity-key.ts'
import { forgetInCohorts } from '../reviewing/cohorts.ts'
import { forgetReviews } from '../reviewing/reviews.ts'
import { runsOf } from '../runs/runs.ts'
import { arrive, arriveRemoval, openTape, type Tape } from '../traces/tape.ts'
import { eraseViews } from '../views.ts'
import { eraseBudgets } from './budgets.ts'
import { bury } from './tombstones.ts'

/** What to remove. */
interface Removal {
  readonly runs: readonly Run[]
  readonly traces: ReadonlySet<string>
  /** Besides those of the runs and the traces. */
  readonly events: readonly RunEvent[]
  readonly keepsTotals: boolean
}

/** `prune` and `erase` of a memory store. */
export function removals(tape: Tape, testRuns: TestRunMemory): Pick<Store, 'prune' | 'erase'> {
  return {
    prune: async (query, options) => {
      const given = readPruneQuery(query)
      const { traces = -Infinity, runs = -Infinity } = given
      const { dryRun } = readRemovalOptions(options)
      const removal = {
        runs: runsOf(openTape(tape)).filter(run => run.firstAt < runs),
        traces: new Set([...timesOfTraces(tape)].flatMap(([id, at]) => (at < traces ? [id] : []))),
        events: [...tape.events.values()].filter(event => event.replay && event.at < runs),
        keepsTotals: false,
      }
      if (dryRun) return receiptOf(tape, removal)
      const before = Math.min(given.traces ?? Infinity, given.runs ?? Infinity)
      tape.health.samples = tape.health.samples.filter(sample => sample.at >= before)
      return remove(tape, testRuns, removal)
    },
    erase: async (given, options) => {
      const target = readEraseTarget(given)
      const { dryRun, keepTotals } = readEraseOptions(options)
      const removal = { ...removalOf(openTape(tape), target), keepsTotals: keepTotals }
      if (dryRun) return receiptOf(tape, removal)
      eraseViews(tape, target)
      const name = nameOf(target)
      eraseSamples(tape, target, removal)
      eraseBudgets(tape, target)
      if (name !== undefined) bury(tape, name.name, { until: name.until, keepsTotals: keepTotals })
      // Items of a trace that is not, or no longer, on the tape.
      if ('traceId' in target) testRuns.removeTraces(new Set([target.traceId]))
      return remove(tape, testRuns, removal)
    },
  }
}

function eraseSamples({ health }: Tape, target: EraseTarget, { runs, traces }: Removal): void {
  const ids = new Set(runs.map(({ runId }) => runId))
  health.samples = health.samples.filter(sample => !isErasedSample(sample, target, ids, traces))
}

/** The time of each trace: its root's start, or its last span's if it has no root. */
function timesOfTraces(tape: Tape): Map<string, number> {
  const byTrace = Map.groupBy(tape.spans.values(), span => span.traceId)
  return new Map([...byTrace].map(([id, spans]) => [id, timeOf(spans)]))
}

function timeOf(spans: readonly SpanRecord[]): number {
  const roots = spans.filter(span => span.parentSpanId === undefined).map(span => span.startedAt)
  return roots.length > 0 ? Math.min(...roots) : Math.max(...spans.map(span => span.startedAt))
}

function nameOf(target: EraseTarget): { readonly name: string; readonly until: number } {
  if ('runId' in target) return { name: tombstoneOf('run', target.runId), until: Infinity }
  if ('traceId' in target) return { name: tombstoneOf('trace', target.traceId), until: Infinity }
  if ('sessionId' in target) return { name: tombstoneOf('session', target.sessionId), until: realNow() }
  return { name: contextTombstone(target.context.kind, target.context.key), until: realNow() }
}

function removalOf(tape: Tape, target: EraseTarget): Omit<Removal, 'keepsTotals'> {
  const runs = runsOf(tape).filter(run => isMeant(tape, run, target))
  const own = new Set(runs.map(run => run.runId))
  const events = [...tape.events.values()].filter(event => !own.has(event.runId) && isOf(event, target))
  const traces = new Set<string>()
  for (const span of tape.spans.values())
    if (isSpanOf(span, target) || (span.runId !== undefined && own.has(span.runId))) traces.add(span.traceId)
  for (const { runId, traceId } of tape.events.values())
    if (traceId !== undefined && own.has(runId)) traces.add(traceId)
  for (const { replay } of events) if (replay) traces.add(replay.traceId)
  return { runs, traces: withReplays(tape, traces), events }
}

function isMeant(tape: Tape, run: Run, target: EraseTarget): boolean {
  if ('runId' in target) return run.runId === target.runId
  if ('context' in target)
    return run.context?.kind === target.context.kind && run.context.key === target.context.key
  const traces = new Set<string | undefined>(
    [...tape.spans.values()].filter(span => isSpanOf(span, target)).map(span => span.traceId),
  )
  if ('traceId' in target) traces.add(target.traceId)
  const isIn = (traceId: string | undefined) => traceId !== undefined && traces.has(traceId)
  if (run.events.some(event => isIn(event.traceId))) return true
  return [...tape.spans.values()].some(span => span.runId === run.runId && !span.replay && isIn(span.traceId))
}

const isSpanOf = (span: SpanRecord, target: EraseTarget): boolean =>
  ('traceId' in target && span.traceId === target.traceId) ||
  ('sessionId' in target && span.sessionId === target.sessionId)

/** An event for the context, in a run for another context or in a replay. */
function isOf({ runId, context }: RunEvent, target: EraseTarget): boolean {
  if ('runId' in target) return runId === target.runId
  if (!('context' in target)) return false
  return context?.kind === target.context.kind && context.key === target.context.key
}

function withReplays(tape: Tape, traces: Set<string>): Set<string> {
  for (let before = -1; before < traces.size; ) {
    before = traces.size
    for (const { traceId, replay } of tape.spans.values())
      if (replay && traces.has(replay.sourceTraceId)) traces.add(traceId)
  }
  return traces
}

const spansIn = (tape: Tape, { traces }: Removal): SpanRecord[] =>
  [...tape.spans.values()].filter(span => traces.has(span.traceId))

function eventsIn(tape: Tape, { runs, traces, events }: Removal): Set<RunEvent> {
  const ids = new Set(runs.map(run => run.runId))
  const isIn = ({ runId, replay }: RunEvent) => ids.has(runId) || (replay && traces.has(replay.traceId))
  return new Set([...events, ...[...tape.events.values()].filter(isIn)])
}

function receiptOf(tape: Tape, removal: Removal): RemovalReceipt {
  const spans = spansIn(tape, removal)
  return {
    traces: new Set(spans.map(span => span.traceId)).size,
    spans: spans.length,
    runs: removal.runs.length,
    runEvents: eventsIn(tape, removal).size,
    waiting: 0,
  }
}

function remove(tape: Tape, testRuns: TestRunMemory, removal: Removal): RemovalReceipt {
  const receipt = receiptOf(tape, removal)
  const { keepsTotals } = removal
  for (const run of runsOfEvents(tape, removal)) noteRemoved(tape, run, keepsTotals)
  for (const run of removal.runs) {
    bury(tape, tombstoneOf('run', run.runId), { until: Infinity, keepsTotals })
    noteRemoved(tape, run, keepsTotals)
  }
  for (const traceId of removal.traces)
    bury(tape, tombstoneOf('trace', traceId), { until: Infinity, keepsTotals: false })
  const keys = new Map([...tape.events].map(([key, event]) => [event, key]))
  // Before those of the runs: feedback on a run that stays remains in that run.
  for (const event of removal.events) {
    bury(tape, eventTombstone(event), { until: Infinity, keepsTotals: false })
    removeEvent(tape, keys.get(event) ?? '', event, keepsTotals ? event.runId : undefined)
  }
  for (const event of eventsIn(tape, removal))
    if (!removal.events.includes(event))
      removeEvent(tape, keys.get(event) ?? '', event, keepsTotals ? erasedRunId(event.runId) : undefined)
  for (const [key, span] of tape.spans)
    if (removal.traces.has(span.traceId)) for (const map of [tape.spans, tape.arrivals]) map.delete(key)
  noteRemovals(tape, removal)
  forgetInCohorts(tape, removal.traces)
  forgetReviews(tape, new Set(removal.runs.map(({ runId }) => runId)), removal.traces)
  testRuns.removeTraces(removal.traces)
  return receipt
}

/** Runs that stay, and lose events. */
function runsOfEvents(tape: Tape, { events, runs }: Removal): Run[] {
  const ids = new Set(events.filter(event => !event.replay).map(event => event.runId))
  for (const { runId } of runs) ids.delete(runId)
  return ids.size === 0 ? [] : runsOf(tape).filter(({ runId }) => ids.has(runId))
}

/** Records that past bills included the run, at a time between that of its first event and that of the whole run. */
function noteRemoved(tape: Tape, { firstAt, lastAt, events }: Run, keepsTotals: boolean): void {
  const revisionOf = (event: RunEvent) => tape.arrivals.get(identityKey(event))?.revision ?? 0
  const [first] = [...events].sort((a, b) => revisionOf(a) - revisionOf(b))
  if (first === undefined) return
  const at = Math.min(first.at, lastAt)
  tape.removed.push({
    since: Math.min(firstAt, at),
    until: Math.max(firstAt, at),
    keepsTotals,
    from: revisionOf(first),
    to: tape.last.revision + 1,
  })
}

/** Adds the removal to the changes. */
function noteRemovals(tape: Tape, { runs, traces, events, keepsTotals }: Removal): void {
  for (const traceId of traces) arriveRemoval(tape, 'trace', traceId)
  for (const { runId } of runs) {
    arriveRemoval(tape, 'run', runId)
    if (keepsTotals) arrive(tape, { kind: 'run', id: erasedRunId(runId) })
  }
  const own = new Set(runs.map(({ runId }) => runId))
  const others = events.flatMap(({ runId, replay }) => (replay || own.has(runId) ? [] : [runId]))
  for (const id of new Set(others)) arrive(tape, { kind: 'run', id })
}

function removeEvent(tape: Tape, key: string, event: RunEvent, runId: string | undefined): void {
  const left = runId !== undefined && !event.replay ? withoutPerson(event, runId) : undefined
  const [arrival, price] = [tape.arrivals.get(key), tape.prices.get(key)]
  for (const map of [tape.events, tape.arrivals, tape.prices]) map.delete(key)
  if (left === undefined) return
  tape.events.set(identityKey(left), left)
  if (arrival) tape.arrivals.set(identityKey(left), arrival)
  if (price) tape.prices.set(identityKey(left), price)
}
