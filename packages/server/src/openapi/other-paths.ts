import { longTarget } from '@runtape/store-http/wire'
import { errorResponses } from './errors.ts'
import { securityOf } from './operations.ts'

const json = (schema: unknown) => ({ 'application/json': { schema } })
const answer = (description: string, schema: unknown) => ({ description, content: json(schema) })
const objectOf = (properties: Readonly<Record<string, unknown>>) => ({
  ...{ type: 'object', required: Object.keys(properties), properties },
})
const statusOf = (status: string) => objectOf({ status: { type: 'string', const: status } })
const [text, flag] = [{ type: 'string' }, { type: 'boolean' }]

const feedback = {
  operationId: 'feedback',
  summary: 'Feedback of a browser, with a sealed token in place of a key',
  tags: ['feedback'],
  security: [],
  requestBody: {
    required: true,
    description: '`navigator.sendBeacon` may send it as text/plain.',
    content: feedbackContent(objectOf({ token: text, feedback: { $ref: '#/components/schemas/Feedback' } })),
  },
  responses: {
    200: answer('Whether it was recorded.', objectOf({ recorded: flag, duplicate: flag })),
    ...errorResponses([400, 401, 403, 413, 415, 429, 500, 503, 504]),
  },
}

function feedbackContent(schema: unknown) {
  return { ...json(schema), 'text/plain': { schema } }
}

const wrapped = {
  operationId: 'request',
  summary: 'Another request, whose address would be too long',
  description:
    'The answer is that of the request in the body. `target` is its path below /v1, and its query.',
  tags: ['server'],
  // The scope is that of the request in the body.
  security: [{ key: [] }],
  requestBody: {
    required: true,
    content: json({
      type: 'object',
      required: ['method', 'target'],
      properties: {
        method: { type: 'string', enum: ['GET', 'POST', 'PUT', 'PATCH', 'DELETE'] },
        ...{ target: text, body: text, type: { ...text, description: 'The content-type of `body`.' } },
      },
    }),
  },
  responses: {
    200: answer('The result.', {}),
    204: { description: 'Nothing.' },
    ...errorResponses([400, 401, 403, 404, 409, 410, 413, 415, 422, 429, 500, 503, 504]),
  },
}

const open = (operationId: string, summary: string, responses: object) => ({
  ...{ operationId, summary, tags: ['server'], security: [], responses },
})

const metrics = {
  operationId: 'metrics',
  summary: "Counts of the key's project, for Prometheus",
  tags: ['server'],
  security: securityOf('read'),
  responses: {
    200: { description: 'The text format of Prometheus.', content: { 'text/plain': { schema: text } } },
    ...errorResponses([401, 403, 429, 500, 503, 504]),
  },
}

/** The paths that are no calls of a store. */
export const otherPaths = {
  '/v1/feedback': { post: feedback },
  [`/v1${longTarget}`]: { post: wrapped },
  '/v1/openapi.json': {
    get: open('openapi', 'This document', {
      200: answer('An OpenAPI 3.1 document.', { type: 'object' }),
      ...errorResponses([429, 503, 504]),
    }),
  },
  '/healthz': {
    get: open('healthz', 'Whether the server is alive', { 200: answer('It is.', statusOf('ok')) }),
  },
  '/readyz': {
    get: open('readyz', 'Whether every store answers', {
      200: answer('All do.', statusOf('ready')),
      503: answer('One does not, or the server shuts down.', { type: 'object' }),
      ...errorResponses([429, 504]),
    }),
  },
  '/metrics': { get: metrics },
}
