import { PbfWriter } from 'pbf'
import { errorResponse } from '../../http-error.ts'
import type { Rejected } from './keep-spans.ts'

const protobuf = 'application/x-protobuf'

export const isProtobuf = (request: Request): boolean =>
  request.headers.get('content-type')?.toLowerCase().startsWith(protobuf) ?? false

/** An `ExportTraceServiceResponse`, in the encoding of its request. */
export function exported(request: Request, { count, reason }: Rejected): Response {
  if (!isProtobuf(request))
    return Response.json(
      count === 0 ? {} : { partialSuccess: { rejectedSpans: String(count), errorMessage: reason } },
    )
  const message = new PbfWriter()
  if (count > 0)
    message.writeMessage(
      1,
      (_, pbf) => {
        pbf.writeVarintField(1, count)
        pbf.writeStringField(2, reason)
      },
      undefined,
    )
  return inProtobuf(message.finish(), 200)
}

/** A `google.rpc.Status`, in the encoding of its request. */
export async function failed(thrown: unknown, request: Request): Promise<Response> {
  const response = errorResponse(thrown)
  const { error } = (await response.json()) as { error: { message: string } }
  const headers = new Headers({ 'retry-after': response.headers.get('retry-after') ?? '' })
  if (!headers.get('retry-after')) headers.delete('retry-after')
  if (!isProtobuf(request))
    return Response.json({ message: error.message }, { status: response.status, headers })
  const message = new PbfWriter()
  message.writeStringField(2, error.message)
  return inProtobuf(message.finish(), response.status, headers)
}

function inProtobuf(bytes: Uint8Array, status: number, headers = new Headers()): Response {
  headers.set('content-type', protobuf)
  return new Response(new Uint8Array(bytes), { status, headers })
}
