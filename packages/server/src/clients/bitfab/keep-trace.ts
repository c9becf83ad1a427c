import type { ClientRequest } from '../client-route.ts'
import { bodyOf } from './answers.ts'
import { traceIdOf } from './ids.ts'
import { requireObject, requireText } from './sent-span.ts'

/**
 * The end of a trace, which its root span has said: a store only adds. What only this request has (the session, metadata and contexts of
 * the trace) is not kept, and the answer says so.
 */
export async function keepTrace(asked: ClientRequest): Promise<Response> {
  const sent = requireObject(await bodyOf(asked), 'The body')
  const trace = requireObject(sent.externalTrace, 'externalTrace')
  const id = await traceIdOf(asked.projectName, requireText(trace.id, 'externalTrace.id'))
  const notKept = [
    ...(sent.sessionId === undefined ? [] : ['sessionId']),
    ...['metadata', 'contexts'].filter(name => trace[name] !== undefined),
  ]
  asked.note('ignored', 1)
  return Response.json({ id, ...(notKept.length > 0 && { notKept }) })
}
