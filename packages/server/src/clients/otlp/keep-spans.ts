import type { RunEvent, SpanRecord } from '@runtape/core'
import type { Store } from '@runtape/core/store'
import { recordProblem } from '@runtape/core/store-helpers'
import type { Project } from '../../projects.ts'
import type { ClientRequest } from '../client-route.ts'
import { runEventsOf } from './call-events.ts'
import { toldBy } from './dialects/dialects.ts'
import { runIdOf } from './run-id.ts'
import { withoutTwins } from './same-call.ts'
import { spanRecord } from './span-record.ts'
import { Turns } from './turns.ts'
import type { OtelSpan } from './wire/otel-span.ts'

/** What was not kept of a request. */
export interface Rejected {
  readonly count: number
  /** The first reason; `''` if all was kept. */
  readonly reason: string
}

/** Keeps spans, and the calls of models among them. A span that cannot be kept does not take the others with it. */
export async function keepSpans(spans: readonly OtelSpan[], asked: ClientRequest): Promise<Rejected> {
  const { projectName, note } = asked
  const read = await Promise.all(spans.map(span => recordsOf(span, projectName)))
  const good = read.filter(({ problem }) => problem === undefined)
  if (good.length > 0) await keep(good, asked)
  const rejected = read.filter(({ problem }) => problem !== undefined)
  note('counted', good.length)
  note('unusable', rejected.length)
  return { count: rejected.length, reason: rejected[0]?.problem ?? '' }
}

/** By project: two requests about one run must see each other's calls. */
const turns = new WeakMap<Project, Turns>()

function keep(good: readonly Records[], { project, append }: ClientRequest): Promise<unknown> {
  const events = good.flatMap(one => one.events)
  const runIds = [...new Set(events.map(({ runId }) => runId))]
  const ofProject = turns.get(project) ?? new Turns()
  turns.set(project, ofProject)
  return ofProject.take(runIds, async () => {
    const calls = await billedOnce(project.store, events)
    await append([...good.map(({ record }) => record), ...calls])
  })
}

interface Records {
  readonly record: SpanRecord
  readonly events: readonly RunEvent[]
  readonly problem: string | undefined
}

async function recordsOf(sent: OtelSpan, projectName: string): Promise<Records> {
  const told = toldBy(sent)
  const span = withFailure(sent, told.failure)
  const own = span.attributes['runtape.run_id']
  const runId = typeof own === 'string' && own !== '' ? own : await runIdOf(projectName, span.traceId)
  const record = spanRecord(span, told, told.dialect === undefined ? undefined : runId)
  const events = runEventsOf(span, told, runId)
  const problems = [record, ...events].map(one => recordProblem(one)).filter(problem => problem !== undefined)
  if (span.endMs < span.startMs) problems.unshift('it ends before it starts')
  return { record, events, problem: problems[0] && `${JSON.stringify(span.name)}: ${problems[0]}` }
}

/** The span, failed if its dialect says so in words of its own. */
const withFailure = (span: OtelSpan, failure: string | undefined): OtelSpan =>
  failure === undefined ? span : { ...span, isError: true, statusMessage: span.statusMessage || failure }

/** The events, without calls that the store or the request has from another instrumentation. */
async function billedOnce(store: Store, events: readonly RunEvent[]): Promise<readonly RunEvent[]> {
  const kept: RunEvent[] = []
  for (const [runId, ofRun] of Map.groupBy(events, event => event.runId))
    kept.push(...withoutTwins(ofRun, (await store.runs.get(runId))?.events ?? []))
  return kept
}
