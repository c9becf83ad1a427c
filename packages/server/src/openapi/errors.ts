import type { Route, RouteName } from '@runtape/store-http/wire'

/** Responses that are errors, by status, with the codes that they can have. */
const errors = {
  400: [
    'BadRequest',
    'The request is wrong: the message says what to change.',
    'invalid-option',
    'invalid-record',
  ],
  401: ['Unauthorized', 'There is no key or token, or an unknown one.', 'unauthorized'],
  403: ['Forbidden', 'The key lacks the scope, or the origin is not allowed.', 'forbidden'],
  404: ['NotFound', 'The store has no such record.', 'not-found'],
  409: ['Conflict', 'Another version is the current one: read it again.', 'version-conflict'],
  410: ['Gone', 'What the answer needs was removed.', 'period-pruned', 'revision-unknown'],
  413: ['TooLarge', 'The body or a record is too large.', 'too-large', 'record-too-large'],
  415: ['UnknownEncoding', 'The content-encoding is neither gzip nor deflate.', 'not-acceptable'],
  422: ['SumTooLarge', 'A sum exceeds 2^53 - 1: narrow the query.', 'sum-too-large'],
  429: ['TooManyRequests', 'Wait as long as Retry-After says.', 'too-many-requests'],
  500: ['Failed', 'The server failed, or found a damaged record.', 'internal', 'damaged-record'],
  503: ['Unavailable', 'Try again later.', 'store-unusable', 'store-closed', 'closing'],
  504: ['TooSlow', 'The request took too long. What it wrote may be there or not.', 'too-slow'],
} as const

type ErrorStatus = keyof typeof errors

const ofAll: readonly ErrorStatus[] = [400, 401, 403, 429, 500, 503, 504]
const ofBodies: readonly ErrorStatus[] = [413, 415]

/** Errors of a few routes only. */
const ofRoutes: Readonly<Partial<Record<RouteName, readonly ErrorStatus[]>>> = {
  'runs.usage': [410, 422],
  'runs.facets': [410],
  'reviews.progress': [410],
  'budgets.state': [422],
  'budgets.check': [422],
  changes: [410],
  'cohorts.change': [409],
  'views.put': [409],
  'views.remove': [409],
}

/** The errors of a call of the store. */
export function errorResponsesOf(name: RouteName, { method }: Route, isOptional: boolean) {
  const hasBody = method !== 'GET' && method !== 'DELETE'
  return errorResponses([
    ...ofAll,
    ...(hasBody ? ofBodies : []),
    ...(method === 'GET' && isOptional ? [404 as const] : []),
    ...(ofRoutes[name] ?? []),
  ])
}

export const errorResponses = (statuses: readonly ErrorStatus[]): Readonly<Record<string, unknown>> =>
  Object.fromEntries(
    statuses.map(status => [status, { $ref: `#/components/responses/${errors[status][0]}` }]),
  )

/** `components.responses` */
export const errorComponents = (): Readonly<Record<string, unknown>> =>
  Object.fromEntries(
    Object.entries(errors).map(([status, [name, description, ...codes]]) => [
      name,
      {
        description,
        ...(['429', '503', '504'].includes(status) && { headers: { 'Retry-After': retryAfter } }),
        content: { 'application/json': { schema: bodyWith(codes) } },
      },
    ]),
  )

const retryAfter = { description: 'Seconds to wait.', schema: { type: 'integer', minimum: 0 } }

const bodyWith = (codes: readonly string[]) => ({
  type: 'object',
  required: ['error'],
  properties: {
    error: {
      type: 'object',
      required: ['code', 'message'],
      properties: { code: { type: 'string', enum: codes }, message: { type: 'string' } },
    },
  },
})
