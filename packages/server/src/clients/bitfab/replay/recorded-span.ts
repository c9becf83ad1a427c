import type { ClientRequest } from '../../client-route.ts'
import { externalIdOf, requireExternalId } from '../ids.ts'
import { dataOf, factsOf, requireBitfab } from './facts.ts'

/** A span with the values that its replay starts from. */
export async function recordedSpan({ segments, project }: ClientRequest): Promise<Response> {
  const id = requireExternalId(segments.spanId)
  const record = requireBitfab(await project.store.traces.getSpan(id.traceId, id.spanId))
  const { id: clientsId, traceId } = factsOf(record) ?? {}
  return Response.json({
    ...{ id: externalIdOf(id), externalTraceId: id.traceId },
    rawData: { id: clientsId, trace_id: traceId, span_data: dataOf(record) },
  })
}
