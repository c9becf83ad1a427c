import { HttpError } from '../../http-error.ts'
import type { ClientRoute } from '../client-route.ts'
import { failed } from './answers.ts'
import { keepSpan } from './keep-span.ts'
import { keepTrace } from './keep-trace.ts'

const post = { method: 'POST', errorResponse: failed } as const

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
]

function refuse(): never {
  throw new HttpError(
    404,
    'not-found',
    'Functions that Bitfab hosts are not supported by Runtape. Trace functions of the application with withSpan.',
  )
}
