import { gzipSync } from 'node:zlib'
import type { Store } from '@runtape/core/store'
import { memoryStore, runEvent } from '@runtape/testing'
import { describe, expect, test } from 'vitest'
import { createServer, issueKey, type ServerLimits } from './index.ts'

async function setUp(limits: Partial<ServerLimits> = {}, store: Store = memoryStore()) {
  const { key, stored } = await issueKey(['admin'])
  const server = createServer({ projects: { a: { store, keys: { list: () => [stored] } } }, limits })
  const authorization = `Bearer ${key}`
  const post = (path: string, body: NonNullable<RequestInit['body']>, headers: Record<string, string> = {}) =>
    server.fetch(
      new Request(`http://localhost${path}`, {
        ...{ method: 'POST', body, duplex: 'half' },
        headers: { authorization, ...headers },
      } as RequestInit),
    )
  const get = (path: string) =>
    server.fetch(new Request(`http://localhost${path}`, { headers: { authorization } }))
  return { server, store, post, get }
}

const codeOf = async (response: Response) => {
  const { error } = (await response.json()) as { readonly error: { readonly code: string } }
  return [response.status, error.code]
}

describe('limits', () => {
  test('a body that is too large is refused, whether or not it says so', async () => {
    const { post } = await setUp({ bodyBytes: 1000 })
    const large = JSON.stringify([runEvent({ configKey: 'x'.repeat(1000) })])
    expect(await codeOf(await post('/v1/records', large))).toEqual([413, 'too-large'])
    const untold = new Response(large).body as ReadableStream
    expect(await codeOf(await post('/v1/records', untold))).toEqual([413, 'too-large'])
  })

  test('a small body that inflates to too much is refused', async () => {
    const { post } = await setUp({ inflatedBytes: 1_000_000 })
    const bomb = gzipSync(Buffer.alloc(100_000_000))
    expect(bomb.length).toBeLessThan(100_000)
    const response = await post('/v1/records', bomb, { 'content-encoding': 'gzip' })
    expect(await codeOf(response)).toEqual([413, 'too-large'])
  })

  test('a damaged, cut or unknown encoding is refused', async () => {
    const { post } = await setUp()
    const whole = gzipSync(JSON.stringify([runEvent()]))
    const gzip = { 'content-encoding': 'gzip' }
    expect((await post('/v1/records', whole, gzip)).status).toBe(200)
    expect((await post('/v1/records', whole.subarray(0, 50), gzip)).status).toBe(400)
    expect((await post('/v1/records', 'no gzip', gzip)).status).toBe(400)
    expect((await post('/v1/records', new Uint8Array([0x5b, 0xff, 0x5d]))).status).toBe(400)
    expect((await post('/v1/records', '[]', { 'content-encoding': 'br' })).status).toBe(415)
  })

  test('deep JSON is refused in a body, a line, a parameter and a wrapped request', async () => {
    const { post, get } = await setUp({ nesting: 50 })
    const deep = '['.repeat(100_000) + ']'.repeat(100_000)
    const requests = [
      post('/v1/records', deep),
      post('/v1/records', `${JSON.stringify(runEvent())}\n${deep}`, {
        'content-type': 'application/x-ndjson',
      }),
      post('/v1/test-runs', `{"key":${deep}}`),
      get(`/v1/runs?where=${deep.slice(0, 5000)}`),
      post('/v1/request', JSON.stringify({ method: 'GET', target: `/runs?limit=${deep}` })),
    ]
    for (const response of await Promise.all(requests)) expect((await codeOf(response))[0]).toBe(400)
    const inText = JSON.stringify([runEvent({ configKey: '[{"\\"['.repeat(100) })])
    expect((await post('/v1/records', inText)).status).toBe(200)
  })

  test('a wrapped request cannot wrap another one, nor leave the server', async () => {
    const { post } = await setUp()
    for (const target of ['/request', '//evil.example/v1/runs', 'http://evil.example/', '/../healthz', 5]) {
      const response = await post('/v1/request', JSON.stringify({ method: 'GET', target }))
      expect([400, 404]).toContain(response.status)
    }
  })

  test('more requests than a key may send are refused with the time to wait', async () => {
    const { get } = await setUp({ requestsPerSecond: 1 })
    const statuses = []
    for (let request = 0; request < 11; request++) statuses.push((await get('/v1/usage')).status)
    expect(statuses).toEqual([...Array(10).fill(200), 429])
    const refused = await get('/v1/usage')
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0)
  })

  test('more requests at a time than allowed are refused, and a slow one ends with 504', async () => {
    const answer = Promise.withResolvers<never>()
    const store: Store = { ...memoryStore(), revision: () => answer.promise }
    const { get } = await setUp({ concurrentRequests: 1, requestMs: 200 }, store)
    const slow = get('/v1/revision')
    expect(await codeOf(await get('/v1/usage'))).toEqual([429, 'too-many-requests'])
    expect(await codeOf(await slow)).toEqual([504, 'too-slow'])
    expect((await get('/v1/usage')).status).toBe(200)
  })

  test('close lets requests in progress end and refuses new ones', async () => {
    const answer = Promise.withResolvers<string>()
    const { server, get } = await setUp({}, { ...memoryStore(), revision: () => answer.promise })
    const slow = get('/v1/revision')
    const closing = server.close()
    expect((await get('/v1/usage')).status).toBe(503)
    expect((await get('/healthz')).status).toBe(200)
    answer.resolve('r1')
    expect(await (await slow).json()).toBe('r1')
    await closing
  })

  test('wrong limits and projects are refused', () => {
    expect(() => createServer({ projects: {} })).toThrow(/at least one project/)
    const project = { store: memoryStore(), keys: { list: () => [] } }
    expect(() => createServer({ projects: { a: project }, limits: { bodyBytes: 0 } })).toThrow(
      /limits.bodyBytes/,
    )
    expect(() => createServer({ projects: { a: project }, limits: { size: 1 } as never })).toThrow(
      /no "size"/,
    )
  })
})

test('readyz says whether the stores answer, without their names', async () => {
  const store: Store = { ...memoryStore(), revision: async () => Promise.reject(new Error('down')) }
  const { get } = await setUp({}, store)
  const response = await get('/readyz')
  expect(response.status).toBe(503)
  expect(await response.json()).toEqual({ status: 'not-ready' })
})

test('a fault of the store is 500 without its stack', async () => {
  const store: Store = { ...memoryStore(), revision: async () => Promise.reject(new TypeError('a fault')) }
  const { get } = await setUp({}, store)
  const response = await get('/v1/revision')
  expect(response.status).toBe(500)
  expect(await response.text()).not.toContain('at ')
})
