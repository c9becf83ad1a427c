import type { Store, TestRun } from '@runtape/core/store'
import { HttpError } from '../../../http-error.ts'
import type { ClientRequest } from '../../client-route.ts'
import { bodyOf } from '../answers.ts'
import { requireObject, requireText } from '../sent-span.ts'
import { factsOf } from './facts.ts'

/** Ends a test run, and says which traces of it the store has, by the ids that the client made. */
export async function completeReplay(asked: ClientRequest): Promise<Response> {
  const { store } = asked.project
  const sent = requireObject(await bodyOf(asked), 'The body')
  const testRun = await requireTestRun(store, requireText(sent.testRunId, 'testRunId'))
  const { traceIds, sources } = await replayedTraces(store, testRun.testRunId)
  const missing = testRun.sourceTraceIds.filter(id => !sources.has(id))
  const result = missing.length > 0 ? { cutShort: true as const, facts: { missing } } : {}
  await store.testRuns.complete(testRun.testRunId, 'completed', result)
  return Response.json({
    ...{ traceIds: Object.fromEntries(traceIds), traceCount: traceIds.size },
    ...(missing.length > 0 && { missing }),
  })
}

async function requireTestRun(store: Store, testRunId: string): Promise<TestRun> {
  const testRun = await store.testRuns.get(testRunId)
  if (testRun) return testRun
  throw new HttpError(
    404,
    'not-found',
    `There is no test run ${testRunId}. Use the id that replay/start returned.`,
  )
}

interface Replayed {
  /** The traces of the store by those of the client. */
  readonly traceIds: ReadonlyMap<string, string>
  readonly sources: ReadonlySet<string>
}

async function replayedTraces(store: Store, testRunId: string): Promise<Replayed> {
  const [traceIds, sources] = [new Map<string, string>(), new Set<string>()]
  let cursor: string | undefined
  do {
    const page = await store.traces.list({ testRunId, limit: 100, ...(cursor !== undefined && { cursor }) })
    for (const { traceId, spanId } of page.items) {
      const root = await store.traces.getSpan(traceId, spanId)
      const clientsId = root && factsOf(root)?.traceId
      if (typeof clientsId === 'string') traceIds.set(clientsId, traceId)
      if (root?.replay) sources.add(root.replay.sourceTraceId)
    }
    cursor = page.nextCursor
  } while (cursor !== undefined)
  return { traceIds, sources }
}
