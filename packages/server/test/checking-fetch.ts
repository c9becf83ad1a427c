import { isDeepStrictEqual } from 'node:util'
import { gunzipSync } from 'node:zlib'
import { describeIssues } from '@runtape/schemas'
import { storeCalls } from '@runtape/schemas/store'
import { longTarget, type Route, type RouteName, routes, type WireError } from '@runtape/store-http/wire'
import { openApiDocument } from '../src/openapi/document.ts'

/** A `fetch` that compares each response with the schemas, and what it found. */
export interface CheckingFetch {
  readonly fetch: typeof fetch
  readonly problems: string[]
  /** Calls that returned a value. */
  readonly returned: Set<RouteName>
}

export function checkingFetch(): CheckingFetch {
  const problems: string[] = []
  const returned = new Set<RouteName>()
  const fetch: typeof globalThis.fetch = async (input, init) => {
    const response = await globalThis.fetch(input, init)
    const name = routeOf(String(input), init)
    const text = await response.clone().text()
    const problem = name === undefined ? 'is of no route' : problemOf(name, response.status, text)
    if (problem !== undefined) problems.push(`${name}: ${problem}`)
    else if (name !== undefined && response.status === 200) returned.add(name)
    return response
  }
  return { fetch, problems, returned }
}

function routeOf(url: string, init: RequestInit | undefined): RouteName | undefined {
  const target = url.replace(/^.*?\/v1/, '')
  if (target !== longTarget) return routeNamed(init?.method ?? 'GET', target)
  const bytes = init?.body as Uint8Array
  const json = bytes[0] === 0x1f ? gunzipSync(bytes) : bytes
  const wrapped = JSON.parse(new TextDecoder().decode(json)) as { method: string; target: string }
  return routeNamed(wrapped.method, wrapped.target)
}

function routeNamed(method: string, target: string): RouteName | undefined {
  const [path = ''] = target.split('?')
  const entries = Object.entries(routes) as [RouteName, Route][]
  const isIt = (route: Route) =>
    route.method === method && new RegExp(`^${route.path.replace(/:\w+/g, '[^/]+')}$`).test(path)
  return entries.find(([, route]) => isIt(route))?.[0]
}

const document = openApiDocument()

function problemOf(name: RouteName, status: number, text: string): string | undefined {
  if (!(status in responsesOf(name))) return `the status ${status} is not in the document: ${text}`
  if (status === 204) return undefined
  return status === 200 ? resultProblem(name, text) : errorProblem(name, status, text)
}

/** A field that no schema has is a problem, too: it would be removed. */
function resultProblem(name: RouteName, text: string): string | undefined {
  const value: unknown = JSON.parse(text)
  const { success, data, error } = storeCalls[name].result.safeParse(value)
  if (!success) return `${describeIssues(error)} in ${text.slice(0, 500)}`
  return isDeepStrictEqual(data, value) ? undefined : `${text} has fields that ${JSON.stringify(data)} lacks`
}

function errorProblem(name: RouteName, status: number, text: string): string | undefined {
  const { code } = (JSON.parse(text) as WireError).error
  const { $ref = '' } = responsesOf(name)[status] ?? {}
  const component = document.components.responses[$ref.split('/').at(-1) ?? '']
  return JSON.stringify(component).includes(`"${code}"`) ? undefined : `${status} has no code ${code}`
}

function responsesOf(name: RouteName): Readonly<Record<string, { readonly $ref?: string }>> {
  for (const path of Object.values(document.paths))
    for (const operation of Object.values(path) as Operation[])
      if (operation.operationId === name) return operation.responses
  return {}
}

interface Operation {
  readonly operationId: string
  readonly responses: Readonly<Record<string, { readonly $ref?: string }>>
}
