import { HttpError } from '../../http-error.ts'
import { readBody, readBytes } from '../../requests/read-body.ts'
import { readJson } from '../../requests/read-json.ts'
import type { ClientRequest, ClientRoute } from '../client-route.ts'
import { exported, failed, isProtobuf } from './answers.ts'
import { keepSpans } from './keep-spans.ts'
import { decodeJson } from './wire/decode-json.ts'
import { decodeProtobuf } from './wire/decode-protobuf.ts'
import type { OtelSpan } from './wire/otel-span.ts'

const post = { method: 'POST', scope: 'ingest', errorResponse: failed } as const

/**
 * OpenTelemetry's protocol, if `OTEL_EXPORTER_OTLP_ENDPOINT` is `/v1/otlp` of this server, and for SDKs that know only the host: at its
 * usual path, and at Langfuse's.
 */
export const otlpRoutes: readonly ClientRoute[] = [
  {
    ...post,
    id: 'otlpTraces',
    summary: 'Spans of OpenTelemetry',
    path: '/v1/otlp/v1/traces',
    answer: keepTraces,
  },
  {
    ...post,
    id: 'otlpTracesOfHost',
    summary: 'Spans of OpenTelemetry, from exporters that know only the host',
    path: '/v1/traces',
    answer: keepTraces,
  },
  {
    ...post,
    id: 'langfuseTraces',
    summary: "Spans of Langfuse's SDK",
    path: '/api/public/otel/v1/traces',
    answer: keepTraces,
  },
  ...ignored('Metrics', 'metrics'),
  ...ignored('Logs', 'logs'),
]

/** An application that exports everything to one place must not fail because of what we do not keep. */
function ignored(name: string, path: string): ClientRoute[] {
  const route = { ...post, summary: `${name} of OpenTelemetry, which are ignored`, answer: ignore }
  return [
    { ...route, id: `otlp${name}`, path: `/v1/otlp/v1/${path}` },
    { ...route, id: `otlp${name}OfHost`, path: `/v1/${path}` },
  ]
}

async function keepTraces(asked: ClientRequest): Promise<Response> {
  return exported(asked.request, await keepSpans(await spansOf(asked), asked))
}

async function spansOf({ request, limits }: ClientRequest): Promise<OtelSpan[]> {
  if (isProtobuf(request)) return decodeProtobuf(await readBytes(request, limits))
  if (request.headers.get('content-type')?.toLowerCase().startsWith('application/json'))
    return decodeJson(readJson(await readBody(request, limits), limits.nesting))
  throw new HttpError(
    415,
    'not-acceptable',
    'Send OTLP as application/x-protobuf or application/json (OTEL_EXPORTER_OTLP_PROTOCOL=http/protobuf).',
  )
}

async function ignore({ request, limits, note }: ClientRequest): Promise<Response> {
  await readBytes(request, limits)
  note('ignored', 1)
  return exported(request, { count: 0, reason: '' })
}
