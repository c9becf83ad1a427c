import { HttpError } from '../../http-error.ts'
import type { ClientRoute } from '../client-route.ts'
import { failed } from './answers.ts'
import { keepSpan } from './keep-span.ts'
import { keepTrace } from './keep-trace.ts'
import { completeReplay } from './replay/complete-replay.ts'
import { recordedSpan } from './replay/recorded-span.ts'
import { spanTree } from './replay/span-tree.ts'
import { startReplay } from './replay/start-replay.ts'

const post = { method: 'POST', errorResponse: failed } as const
const get = { method: 'GET', errorResponse: failed, scope: 'replay' } as const

/** The protocol of Bitfab's clients, whose `serviceUrl` is this server. */
export const bitfabRoutes: readonly ClientRoute[] = [
  {
    ...{ ...post, id: 'bitfabSpan', summary: 'A span of a Bitfab client', scope: 'ingest' },
    ...{ path: '/api/sdk/externalSpans', answer: keepSpan },
  },
  {
    ...{ ...post, id: 'bitfabTrace', summary: 'The end of a trace of a Bitfab client', scope: 'ingest' },
    ...{ path: '/api/sdk/externalTraces', answer: keepTrace },
  },
  {
    ...{ ...post, id: 'bitfabFunction', summary: 'Refused: Bitfab itself hosts functions', scope: 'ingest' },
    ...{ path: '/api/sdk/functions/lookup', answer: refuse },
  },
  {
    ...{
      ...post,
      id: 'bitfabFunctionTrace',
      summary: 'Refused: Bitfab itself hosts functions',
      scope: 'ingest',
    },
    ...{ path: '/api/sdk/functions/:functionId/traces', answer: refuse },
  },
  {
    ...{ ...post, id: 'bitfabReplayStart', summary: 'Starts a replay by a Bitfab client', scope: 'replay' },
    ...{ path: '/api/sdk/replay/start', answer: startReplay },
  },
  {
    ...{ ...post, id: 'bitfabReplayComplete', summary: 'Ends a replay by a Bitfab client', scope: 'replay' },
    ...{ path: '/api/sdk/replay/complete', answer: completeReplay },
  },
  {
    ...{ ...get, id: 'bitfabRecordedSpan', summary: 'A recorded span, for a Bitfab client' },
    ...{ path: '/api/sdk/externalSpans/:spanId', answer: recordedSpan },
  },
  {
    ...{ ...get, id: 'bitfabSpanTree', summary: 'A recorded span and those below it, for a Bitfab client' },
    ...{ path: '/api/sdk/replay/spanTree/:spanId', answer: spanTree },
  },
]

function refuse(): never {
  throw new HttpError(
    404,
    'not-found',
    'Functions that Bitfab hosts are not supported by Runtape. Trace functions of the application with withSpan.',
  )
}
