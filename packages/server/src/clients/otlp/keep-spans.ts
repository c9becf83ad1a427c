import type { RunEvent, SpanRecord } from '@runtape/core'
import { recordProblem } from '@runtape/core/store-helpers'
import type { Project } from '../../projects.ts'
import type { ClientRequest } from '../client-route.ts'
import { bookedOnce } from './billing/book-calls.ts'
import { RunCalls, type RunKnown } from './billing/run-calls.ts'
import { runEventsOf } from './call-events.ts'
import { type Cuts, cutsOf } from './cuts.ts'
import { toldBy } from './dialects/dialects.ts'
import { runIdOf } from './run-id.ts'
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

interface Billing {
  /** Two requests about one run must see each other's calls. */
  readonly turns: Turns
  readonly calls: RunCalls
}

const billings = new WeakMap<Project, Billing>()

function billingOf(project: Project): Billing {
  const billing = billings.get(project) ?? { turns: new Turns(), calls: new RunCalls(project.store) }
  billings.set(project, billing)
  return billing
}

function keep(good: readonly Records[], { project, append }: ClientRequest): Promise<unknown> {
  const byRun = Map.groupBy(
    good.flatMap(one => one.events),
    ({ runId }) => runId,
  )
  const { turns, calls } = billingOf(project)
  return turns.take([...byRun.keys()], async () => {
    const [booked, known] = [[] as RunEvent[], new Map<string, RunKnown>()]
    for (const [runId, events] of byRun) {
      const ofRun = await calls.of(runId, events)
      known.set(runId, ofRun)
      booked.push(...bookedOnce(events, ofRun.told))
    }
    const receipt = await append([...good.map(({ record }) => record), ...booked])
    // The store has something else than we know: read it next time.
    if (receipt.conflicts === 0) for (const [runId, ofRun] of known) calls.remember(runId, ofRun)
  })
}

interface Records {
  readonly record: SpanRecord
  readonly events: readonly RunEvent[]
  readonly problem: string | undefined
}

async function recordsOf(sent: OtelSpan, projectName: string): Promise<Records> {
  const said = toldBy(sent)
  const span = withFailure(sent, said.failure)
  const cuts = cutsOf(span, said)
  const told = withWholeId(said, cuts)
  const own = span.attributes['runtape.run_id']
  const runId = typeof own === 'string' && own !== '' ? own : await runIdOf(projectName, span.traceId)
  const record = spanRecord(span, { told, cuts, runId: told.dialect === undefined ? undefined : runId })
  const events = runEventsOf(span, told, runId)
  const problems = [record, ...events].map(one => recordProblem(one)).filter(problem => problem !== undefined)
  if (span.endMs < span.startMs) problems.unshift('it ends before it starts')
  return { record, events, problem: problems[0] && `${JSON.stringify(span.name)}: ${problems[0]}` }
}

/** Ids that were cut may be those of several answers. */
const withWholeId = (told: ReturnType<typeof toldBy>, cuts: Cuts): ReturnType<typeof toldBy> =>
  told.responseId !== undefined && cuts.isCut(told.responseId) ? { ...told, responseId: undefined } : told

/** The span, failed if its dialect says so in words of its own. */
const withFailure = (span: OtelSpan, failure: string | undefined): OtelSpan =>
  failure === undefined ? span : { ...span, isError: true, statusMessage: span.statusMessage || failure }
