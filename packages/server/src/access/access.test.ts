import { encodeResumptionToken } from '@runtape/core'
import { sealToken } from '@runtape/sealed-token'
import { memoryStore, runEvent } from '@runtape/testing'
import { describe, expect, test } from 'vitest'
import { createServer, hashOfKey, issueKey, type Project, type StoredKey } from '../index.ts'

async function projectWith(scopes: StoredKey['scopes']) {
  const { key, stored } = await issueKey(scopes)
  const keys: StoredKey[] = [stored]
  return { key, keys, project: { store: memoryStore(), keys: { list: () => keys } } satisfies Project }
}

const get = (path: string, key?: string) =>
  new Request(
    `http://localhost${path}`,
    key === undefined ? {} : { headers: { authorization: `Bearer ${key}` } },
  )

const post = (path: string, body: unknown, headers: Record<string, string> = {}) =>
  new Request(`http://localhost${path}`, { method: 'POST', body: JSON.stringify(body), headers })

describe('keys', () => {
  test('a key has 32 random bytes, and the server keeps its hash only', async () => {
    const { key, stored } = await issueKey(['read'], 'dashboard')
    expect(key).toMatch(/^rt_[\w-]{43}$/)
    expect(stored).toMatchObject({ hash: await hashOfKey(key), scopes: ['read'], name: 'dashboard' })
    expect(JSON.stringify(stored)).not.toContain(key.slice(3))
  })

  test.each([
    ['none', undefined],
    ['an unknown one', 'rt_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA'],
    ['one that is too long', 'x'.repeat(5000)],
  ])('%s is refused with 401', async (_, key) => {
    const { project } = await projectWith(['admin'])
    const response = await createServer({ projects: { a: project } }).fetch(get('/v1/usage', key))
    expect(response.status).toBe(401)
    expect(await response.json()).toMatchObject({ error: { code: 'unauthorized' } })
  })

  test('a key may be the password of Basic, as SDKs of Langfuse send it', async () => {
    const { key, project } = await projectWith(['read'])
    const server = createServer({ projects: { a: project } })
    const statusOf = async (authorization: string) =>
      (await server.fetch(new Request('http://localhost/v1/usage', { headers: { authorization } }))).status
    expect(await statusOf(`Basic ${btoa(`any:${key}`)}`)).toBe(200)
    expect(await statusOf(`Basic ${btoa(`${key}:any`)}`)).toBe(401)
    expect(await statusOf('Basic ====')).toBe(401)
    expect(await statusOf(`Basic ${btoa(':')}`)).toBe(401)
  })

  test('a revoked key ends at once', async () => {
    const { key, keys, project } = await projectWith(['read'])
    const server = createServer({ projects: { a: project } })
    expect((await server.fetch(get('/v1/usage', key))).status).toBe(200)
    keys.pop()
    expect((await server.fetch(get('/v1/usage', key))).status).toBe(401)
  })

  test.each([
    ['ingest', [200, 403, 403, 403]],
    ['read', [403, 200, 403, 403]],
    ['replay', [403, 403, 200, 403]],
    ['admin', [200, 200, 200, 200]],
  ] as const)('the scope %s allows its own routes only', async (scope, expected) => {
    const { key, project } = await projectWith([scope])
    const server = createServer({ projects: { a: project } })
    const authorization = { authorization: `Bearer ${key}` }
    const requests = [
      post('/v1/records', [runEvent()], authorization),
      get('/v1/runs', key),
      post('/v1/test-runs', { key: 'a', sourceTraceIds: ['1'.repeat(32)] }, authorization),
      post('/v1/erase', { target: { runId: 'a' } }, authorization),
    ]
    const responses = await Promise.all(requests.map(request => server.fetch(request)))
    expect(responses.map(({ status }) => status)).toEqual(expected)
  })

  test('no key reads the records or metrics of another project', async () => {
    const [a, b] = [await projectWith(['admin']), await projectWith(['admin'])]
    const server = createServer({ projects: { a: a.project, b: b.project } })
    const event = runEvent()
    await server.fetch(post('/v1/records', [event], { authorization: `Bearer ${a.key}` }))
    expect((await server.fetch(get(`/v1/runs/${event.runId}`, a.key))).status).toBe(200)
    expect((await server.fetch(get(`/v1/runs/${event.runId}`, b.key))).status).toBe(404)
    expect(await (await server.fetch(get('/metrics', a.key))).text()).toContain('{result="accepted"} 1')
    expect(await (await server.fetch(get('/metrics', b.key))).text()).toContain('{result="accepted"} 0')
  })
})

describe('feedback from a browser', () => {
  const sealingKey = { kid: '2026', secret: 's'.repeat(32) }
  const origin = 'https://app.example.com'
  const token = encodeResumptionToken({
    runId: crypto.randomUUID(),
    configKey: 'a',
    variationKey: 'b',
    version: 1,
  })

  async function setUp() {
    const { project } = await projectWith(['admin'])
    const store = memoryStore()
    const feedback = { sealingKeys: [sealingKey], origins: [origin] }
    const server = createServer({ projects: { other: project, a: { ...project, store, feedback } } })
    const sealed = await sealToken(token, sealingKey, { expiresIn: '1h' })
    const send = (body: unknown, from: string | undefined = origin) =>
      server.fetch(
        post('/v1/feedback', body, { 'content-type': 'text/plain', ...(from && { origin: from }) }),
      )
    return { server, store, sealed, send }
  }

  test('is kept once, and the page may read the answer', async () => {
    const { store, sealed, send } = await setUp()
    const body = { token: sealed, feedback: { kind: 'negative', comment: 'late' } }
    const first = await send(body)
    expect(first.headers.get('access-control-allow-origin')).toBe(origin)
    expect(await first.json()).toEqual({ recorded: true, duplicate: false })
    expect(await (await send(body)).json()).toEqual({ recorded: false, duplicate: true })
    const [run] = (await store.runs.list()).items
    expect(run?.metrics.feedback).toEqual({ kind: 'negative', comment: 'late' })
  })

  test('another origin is refused, and gets no header of CORS', async () => {
    const { store, sealed, send } = await setUp()
    const response = await send({ token: sealed, feedback: { kind: 'positive' } }, 'https://evil.example')
    expect([response.status, response.headers.get('access-control-allow-origin')]).toEqual([403, null])
    expect((await store.runs.list()).items).toEqual([])
  })

  test('a plain, changed, expired or foreign token is refused', async () => {
    const { sealed, send } = await setUp()
    const expired = await sealToken(token, sealingKey, { expiresIn: -10 })
    const foreign = await sealToken(token, { kid: '2026', secret: 'x'.repeat(32) }, { expiresIn: '1h' })
    for (const bad of [token, `${sealed.slice(0, -2)}AA`, expired, foreign, ''])
      expect((await send({ token: bad, feedback: { kind: 'positive' } })).status).toBe(401)
  })

  test('a body that is no feedback is refused', async () => {
    const { sealed, send } = await setUp()
    for (const body of [
      null,
      5,
      {},
      { token: 5 },
      { token: sealed },
      { token: sealed, feedback: { kind: 'meh' } },
    ])
      expect((await send(body)).status).toBe(400)
    expect(
      (await send({ token: sealed, feedback: { kind: 'positive', comment: 'x'.repeat(20_000) } })).status,
    ).toBe(413)
  })

  test('a preflight is answered for allowed origins; no other route has headers of CORS', async () => {
    const { server } = await setUp()
    const preflight = (path: string, from: string) =>
      server.fetch(new Request(`http://localhost${path}`, { method: 'OPTIONS', headers: { origin: from } }))
    expect((await preflight('/v1/feedback', origin)).headers.get('access-control-allow-methods')).toBe('POST')
    expect(
      (await preflight('/v1/feedback', 'https://evil.example')).headers.get('access-control-allow-methods'),
    ).toBeNull()
    expect((await preflight('/v1/runs', origin)).headers.get('access-control-allow-origin')).toBeNull()
  })
})
