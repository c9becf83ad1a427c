import { readFileSync } from 'node:fs'
import { dirname, join } from 'node:path'
import { fileURLToPath } from 'node:url'
import { storeCalls } from '@runtape/schemas/store'
import { longTarget, queryText, type Route, type RouteName, routes } from '@runtape/store-http/wire'
import { memoryStore, runEvent } from '@runtape/testing'
import { Validator } from '@seriousme/openapi-schema-validator'
import { describe, expect, test } from 'vitest'
import { clientRoutes } from '../clients/client-routes.ts'
import { createServer, issueKey } from '../index.ts'
import { openApiDocument } from './document.ts'
import { examples } from './examples.ts'

const document = JSON.parse(JSON.stringify(openApiDocument())) as ReturnType<typeof openApiDocument>
const allRoutes = Object.entries(routes) as [RouteName, Route][]

async function setUp() {
  const { key, stored } = await issueKey(['admin'])
  const server = createServer({ projects: { a: { store: memoryStore(), keys: { list: () => [stored] } } } })
  const send = (method: string, path: string, headers: Record<string, string> = {}) =>
    server.fetch(new Request(`http://localhost${path}`, { method, headers }))
  return { send, authorization: { authorization: `Bearer ${key}` } }
}

interface Operation {
  readonly operationId: string
  readonly parameters?: readonly { readonly name: string; readonly in: string; readonly required: boolean }[]
}

const operations = Object.entries(document.paths).flatMap(([path, item]) =>
  Object.entries(item as Readonly<Record<string, Operation>>).map(([method, operation]) => ({
    ...{ path, method: method.toUpperCase(), operation },
  })),
)

test('the document is valid OpenAPI 3.1, and all its references lead to something', async () => {
  const validator = new Validator()
  const { valid, errors } = await validator.validate(structuredClone(document))
  expect(errors).toBeUndefined()
  expect([valid, validator.version]).toEqual([true, '3.1'])
  for (const [, kind = '', name = ''] of JSON.stringify(document).matchAll(/"#\/components\/(\w+)\/(\w+)"/g))
    expect(document.components[kind as 'schemas']).toHaveProperty([name])
  expect(JSON.stringify(document)).not.toContain('$defs')
})

test('it has every route of the server and nothing else', async () => {
  const other = [`POST /v1${longTarget}`, 'POST /v1/feedback', 'GET /v1/openapi.json']
  const probes = ['GET /healthz', 'GET /readyz', 'GET /metrics']
  const calls = allRoutes.map(([, { method, path }]) => `${method} /v1${path.replace(/:(\w+)/g, '{$1}')}`)
  const clients = clientRoutes.map(({ method, path }) => `${method} ${path.replace(/:(\w+)/g, '{$1}')}`)
  const found = operations.map(({ method, path }) => `${method} ${path}`)
  expect(found.toSorted()).toEqual([...calls, ...clients, ...other, ...probes].toSorted())
  const { send, authorization } = await setUp()
  for (const { method, path } of operations) {
    const response = await send(method, path.replaceAll(/[{}]/g, ''), authorization)
    expect(await response.text(), `${method} ${path}`).not.toContain('no-such-route')
  }
})

test('anyone may read it', async () => {
  const { send } = await setUp()
  const response = await send('GET', '/v1/openapi.json')
  expect(response.headers.get('content-type')).toBe('application/json')
  expect(await response.json()).toEqual(document)
})

test('examples are as the schemas say', () => {
  for (const [name, example] of Object.entries(examples))
    for (const part of ['input', 'result'] as const)
      expect(storeCalls[name as RouteName][part].parse(example[part])).toEqual(example[part])
})

test('no schema takes anything at all where the contract does not', () => {
  const open = Object.entries(document.components.schemas).filter(
    ([, schema]) => Object.keys(schema).length === 0,
  )
  expect(open).toEqual([])
})

describe('parameters', () => {
  const values: Readonly<Record<string, unknown>> = {
    ...{ text: 'a', of: 'input', field: 'model', identity: { sourceTraceId: 'a' }, since: '7d', until: '1d' },
  }
  const inUrl = operations.filter(
    ({ method, operation }) => operation.operationId in routes && ['GET', 'DELETE'].includes(method),
  )

  test.each(inUrl.map(at => [at.operation.operationId, at] as const))(
    '%s',
    async (_, { method, path, operation }) => {
      const { send, authorization } = await setUp()
      const answerTo = async (fields: Readonly<Record<string, unknown>>) => {
        const target = `${path.replaceAll(/[{}]/g, '')}?${queryText(fields)}`
        return (await send(method, target, authorization)).text()
      }
      const ofQuery = (operation.parameters ?? []).filter(parameter => parameter.in === 'query')
      const needed = Object.fromEntries(
        ofQuery.filter(({ required }) => required).map(({ name }) => [name, values[name]]),
      )
      const refused = await answerTo({ ...needed, nonsense: 5 })
      expect(refused).toContain('nonsense')
      for (const { name } of ofQuery)
        expect(await answerTo({ ...needed, [name]: values[name] ?? 5 })).not.toBe(
          refused.replaceAll('nonsense', name),
        )
    },
  )
})

test('a body with a misspelt argument is refused before anything is removed', async () => {
  const { key, stored } = await issueKey(['admin'])
  const store = memoryStore()
  await store.append([runEvent({ runId: 'a' })])
  const server = createServer({ projects: { a: { store, keys: { list: () => [stored] } } } })
  const body = JSON.stringify({ target: { runId: 'a' }, option: { dryRun: true } })
  const headers = { authorization: `Bearer ${key}` }
  const response = await server.fetch(
    new Request('http://localhost/v1/erase', { method: 'POST', body, headers }),
  )
  expect(response.status).toBe(400)
  expect(await response.text()).toContain('no argument')
  expect(await store.runs.get('a')).toBeDefined()
})

test('a check of budgets takes nothing, and refuses what it would ignore', async () => {
  const { key, stored } = await issueKey(['admin'])
  const server = createServer({ projects: { a: { store: memoryStore(), keys: { list: () => [stored] } } } })
  const check = (body?: string) => {
    const headers = { authorization: `Bearer ${key}` }
    return server.fetch(
      new Request('http://localhost/v1/budgets/check', { method: 'POST', headers, ...(body && { body }) }),
    )
  }
  expect(await (await check('{"name":"monthly"}')).text()).toContain('no argument')
  for (const body of [undefined, '{}']) expect(await (await check(body)).json()).toEqual([])
})

test('an adjustment of the bill, which can be negative, is as the schema says', async () => {
  const store = memoryStore()
  const usageOf = (input: number) => ({ input, output: 0, total: input })
  const call = { status: 'success', durationMs: 1, usage: { ...usageOf(100), cachedInput: 50 } } as const
  await store.append([runEvent({ runId: 'a', metric: 'call:1', value: call })])
  const asOf = await store.revision()
  await store.append([runEvent({ runId: 'a', metric: 'tokens', value: usageOf(80) })])
  const adjustments = await store.runs.usage({ asOf, adjustments: true })
  expect(adjustments[0]?.tokens).toMatchObject({ input: -20, cachedInput: -50 })
  expect(storeCalls['runs.usage'].result.parse(adjustments)).toEqual(adjustments)
})

test('a server does not load zod before the document is read', () => {
  const seen = new Set<string>()
  const visit = (file: string): void => {
    if (seen.has(file)) return
    seen.add(file)
    const source = readFileSync(file, 'utf8')
    for (const [, name = ''] of source.matchAll(/^(?:import|export) (?!type )[^'()]*'([^']+)'/gm))
      if (name.startsWith('.')) visit(join(dirname(file), name))
      else expect(['zod', '@runtape/schemas', '@runtape/schemas/store']).not.toContain(name)
  }
  const folder = fileURLToPath(new URL('..', import.meta.url))
  visit(join(folder, 'index.ts'))
  visit(join(folder, 'node.ts'))
  expect([...seen].map(file => file.slice(folder.length))).toContain('openapi/serve-document.ts')
})
