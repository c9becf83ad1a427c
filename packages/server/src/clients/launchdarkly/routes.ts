import { errorResponse, HttpError } from '../../http-error.ts'
import { readBody } from '../../requests/read-body.ts'
import { readJson } from '../../requests/read-json.ts'
import type { ClientRequest, ClientRoute } from '../client-route.ts'
import { readEvents } from './run-events.ts'

/** Where LaunchDarkly's server SDKs send their events if `eventsUri` is this server. */
export const launchDarklyRoutes: readonly ClientRoute[] = [
  {
    ...{ id: 'launchDarklyEvents', summary: "Events of LaunchDarkly's server SDKs" },
    ...{ method: 'POST', path: '/bulk', scope: 'ingest', answer: keepEvents, errorResponse: inForm },
  },
  {
    ...{
      id: 'launchDarklyDiagnostics',
      summary: "Diagnostics of LaunchDarkly's server SDKs, which are ignored",
    },
    ...{ method: 'POST', path: '/diagnostic', scope: 'ingest', answer: accepted, errorResponse: inForm },
  },
]

async function keepEvents({ request, limits, append, note }: ClientRequest): Promise<Response> {
  const text = await readBody(request, limits)
  const sent = readJson(text, limits.nesting)
  if (!Array.isArray(sent))
    throw new HttpError(400, 'invalid-option', 'The body must be a JSON list of events of LaunchDarkly.')
  const payloadId = request.headers.get('x-launchdarkly-payload-id') ?? (await hashOf(text))
  const { events, withoutRun, unusable, other } = readEvents(sent, payloadId)
  if (events.length > 0) await append(events)
  note('counted', events.length)
  note('without-run', withoutRun)
  note('unusable', unusable)
  note('ignored', other)
  return accepted()
}

/** The SDKs compare `Date` with their own clock. */
function accepted(): Response {
  return new Response(undefined, { status: 202, headers: { date: new Date().toUTCString() } })
}

/** An SDK sends no further event after other statuses of 400 to 499, and after 401 and 403, where that is right. */
const sparing = new Set([400, 401, 403, 408, 413, 429])

function inForm(thrown: unknown): Response {
  const response = errorResponse(thrown)
  if (response.status >= 500 || sparing.has(response.status)) return response
  return new Response(response.body, { status: 400, headers: response.headers })
}

async function hashOf(text: string): Promise<string> {
  const digest = await crypto.subtle.digest('SHA-256', new TextEncoder().encode(text))
  return [...new Uint8Array(digest)].map(byte => byte.toString(16).padStart(2, '0')).join('')
}
