import { type Route, type RouteName, routes, type Scope } from '@runtape/store-http/wire'
import type { CallJson, JsonSchema } from './call-schemas.ts'
import { errorResponsesOf } from './errors.ts'
import { examples } from './examples.ts'
import { summaries } from './summaries.ts'

/** The schemas of a document. */
export interface DocumentSchemas {
  readonly components: Readonly<Record<string, JsonSchema>>
  readonly calls: Readonly<Record<RouteName, CallJson>>
}

/** The paths of the calls of the store. */
export function callPaths(schemas: DocumentSchemas): Record<string, Record<string, unknown>> {
  const paths: Record<string, Record<string, unknown>> = {}
  for (const [name, route] of Object.entries(routes) as [RouteName, Route][]) {
    const path = `/v1${route.path.replace(/:(\w+)/g, '{$1}')}`
    paths[path] = { ...paths[path], [route.method.toLowerCase()]: operationOf(name, route, schemas) }
  }
  return paths
}

function operationOf(name: RouteName, route: Route, { components, calls }: DocumentSchemas) {
  const call = calls[name]
  const input = resolved(call.input, components)
  const inUrl = route.method === 'GET' || route.method === 'DELETE'
  const parameters = [...pathParameters(route), ...(inUrl ? queryParameters(name, input, components) : [])]
  const hasBody = !inUrl && (input.type !== 'object' || Object.keys(input.properties ?? {}).length > 0)
  return {
    operationId: name,
    summary: summaries[name],
    tags: [name.split('.')[0]],
    security: securityOf(route.scope),
    ...(parameters.length > 0 && { parameters }),
    ...(hasBody && { requestBody: bodyOf(name, call.input, input) }),
    responses: { ...resultsOf(name, call, route), ...errorResponsesOf(name, route, call.isOptional) },
  }
}

/** A key needs the scope, or `admin`. */
export const securityOf = (scope: Scope) => [...new Set([scope, 'admin'])].map(role => ({ key: [role] }))

const anyText =
  'Percent-encoded. An empty text, ".", "..", a text that begins with "~" and one that is no valid Unicode are written as "~" and the base64url form of their JSON.'

const pathParameters = ({ path }: Route) =>
  [...path.matchAll(/:(\w+)/g)].map(([, name]) => ({
    ...{ name, in: 'path', required: true, description: anyText },
    schema: { type: 'string' },
  }))

function queryParameters(name: RouteName, input: JsonSchema, components: DocumentSchemas['components']) {
  const values = examples[name]?.input as Readonly<Record<string, unknown>> | undefined
  return Object.entries(input.properties ?? {}).map(([field, schema]) => {
    const example = values?.[field]
    return {
      ...{ name: field, in: 'query', required: input.required?.includes(field) ?? false },
      ...parameterValue(schema, components, example === undefined ? {} : { example }),
    }
  })
}

/** A value that is no plain text, number or boolean is JSON. */
function parameterValue(schema: JsonSchema, components: DocumentSchemas['components'], example: object) {
  const { type } = resolved(schema, components)
  const isPlain = type !== undefined && type !== 'object' && type !== 'array'
  return isPlain ? { schema, ...example } : { content: { 'application/json': { schema, ...example } } }
}

function bodyOf(name: RouteName, schema: JsonSchema, input: JsonSchema) {
  const example = examples[name]?.input
  const content = { schema, ...(example !== undefined && { example }) }
  const required = input.type !== 'object' || (input.required ?? []).length > 0
  return { required, content: { 'application/json': content, ...(name === 'append' && ndjson(example)) } }
}

const ndjson = (example: unknown) => ({
  'application/x-ndjson': {
    schema: { type: 'string', description: 'A record a line.' },
    example: `${(example as readonly unknown[]).map(record => JSON.stringify(record)).join('\n')}\n`,
  },
})

function resultsOf(name: RouteName, { result, isOptional }: CallJson, { method }: Route) {
  const nothing = { 204: { description: 'Nothing.' } }
  if (!result) return nothing
  const example = examples[name]?.result
  const content = { 'application/json': { schema: result, ...(example !== undefined && { example }) } }
  return { 200: { description: 'The result.', content }, ...(isOptional && method !== 'GET' && nothing) }
}

const resolved = (schema: JsonSchema, components: DocumentSchemas['components']): JsonSchema =>
  components[schema.$ref?.replace('#/components/schemas/', '') ?? ''] ?? schema
