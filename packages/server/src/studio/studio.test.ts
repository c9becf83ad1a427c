import type { Scope } from '@runtape/store-http/wire'
import { memoryStore, runEvent } from '@runtape/testing'
import { describe, expect, test } from 'vitest'
import { createServer, issueKey, type StudioOptions } from '../index.ts'

const files: StudioOptions['files'] = new Map([
  ['/', { type: 'text/html; charset=utf-8', body: '<!doctype html>the page' }],
  ['/studio/app-1f2e.js', { type: 'text/javascript', body: 'run()' }],
])

async function setUp(more: Partial<StudioOptions> = {}, scopes: readonly Scope[] = ['read']) {
  const { key, stored } = await issueKey(scopes)
  const store = memoryStore()
  const keys = [stored]
  const project = { store, keys: { list: () => keys } }
  const server = createServer({ projects: { a: project }, studio: { files, ...more } })
  const ask = (path: string, init: RequestInit = {}, at = 'http://127.0.0.1:8787') =>
    server.fetch(new Request(`${at}${path}`, init))
  return { key, keys, store, ask }
}

const own = { 'sec-fetch-site': 'same-origin', 'content-type': 'application/json' }
const begin = (body: object, headers: Record<string, string> = own): RequestInit => ({
  method: 'POST',
  headers,
  body: JSON.stringify(body),
})
const cookieOf = (response: Response): string => response.headers.get('set-cookie')?.split(';')[0] ?? ''

describe('the files of the page', () => {
  test.each(['/', '/runs', '/runs/abc', '/traces/1', '/replays/compare?a=1&b=2', '/review', '/keys'])(
    '%s is the document',
    async path => {
      const { ask } = await setUp()
      const response = await ask(path)
      expect([response.status, await response.text()]).toEqual([200, '<!doctype html>the page'])
      expect(response.headers.get('cache-control')).toBe('no-cache')
      const policy = response.headers.get('content-security-policy') ?? ''
      expect(policy).toContain("default-src 'none'; script-src 'self'")
      expect(policy).not.toMatch(/unsafe|\*|data:|https?:/)
    },
  )

  test('a file with a hash in its name may be kept', async () => {
    const response = await (await setUp()).ask('/studio/app-1f2e.js')
    expect(await response.text()).toBe('run()')
    expect(response.headers.get('cache-control')).toContain('immutable')
  })

  test.each(['/studio/other.js', '/favicon.ico', '/v1/nothing', '/runs%2f..', '/RUNS'])(
    '%s does not exist',
    async path => {
      expect((await (await setUp()).ask(path)).status).toBe(404)
    },
  )

  test('a server without the page has neither files nor sessions', async () => {
    const { key, stored } = await issueKey(['read'])
    const server = createServer({ projects: { a: { store: memoryStore(), keys: { list: () => [stored] } } } })
    const get = (path: string, init?: RequestInit) =>
      server.fetch(new Request(`http://localhost${path}`, init))
    expect((await get('/')).status).toBe(404)
    expect((await get('/v1/session', begin({ key }))).status).toBe(404)
    expect((await get('/v1/usage', { headers: { cookie: `runtape=${key}` } })).status).toBe(401)
  })

  test('files that are none are refused', () => {
    const options = { projects: {}, studio: { files: '/page' } } as never
    expect(() => createServer({ ...(options as object), projects: { a: project() } } as never)).toThrow(
      /studioFiles\(\) }, from @runtape\/studio/,
    )
  })
})

const project = () => ({ store: memoryStore(), keys: { list: () => [] } })

describe('a session', () => {
  test('keeps a pasted key in a cookie that no script reads and no other site sends', async () => {
    const { key, ask } = await setUp()
    const begun = await ask('/v1/session', begin({ key }))
    expect([begun.status, begun.headers.get('set-cookie')]).toEqual([
      204,
      `runtape=${key}; Path=/; HttpOnly; SameSite=Strict`,
    ])
    expect((await ask('/v1/usage', { headers: { cookie: `a=b; ${cookieOf(begun)}` } })).status).toBe(200)
    expect((await ask('/v1/usage')).status).toBe(401)
  })

  test('over HTTPS belongs to this host and is sent by HTTPS only', async () => {
    const { key, ask } = await setUp()
    const at = 'https://studio.example.com'
    const begun = await ask('/v1/session', begin({ key }), at)
    expect(begun.headers.get('set-cookie')).toBe(
      `__Host-runtape=${key}; Path=/; HttpOnly; SameSite=Strict; Secure`,
    )
    expect((await ask('/v1/usage', { headers: { cookie: cookieOf(begun) } }, at)).status).toBe(200)
    expect((await ask('/v1/usage', { headers: { cookie: `runtape=${key}` } }, at)).status).toBe(401)
  })

  test('ends with its key, and when it is ended', async () => {
    const { key, keys, ask } = await setUp()
    const begun = await ask('/v1/session', begin({ key }))
    const ended = await ask('/v1/session', { method: 'DELETE', headers: own })
    expect(ended.headers.get('set-cookie')).toContain('Max-Age=0')
    keys.pop()
    expect((await ask('/v1/usage', { headers: { cookie: cookieOf(begun) } })).status).toBe(401)
  })

  test.each([
    ['an unknown key', { key: `rt_${'A'.repeat(43)}` }],
    ['a key with a line end', { key: 'a\r\nset-cookie: x=y' }],
    ['a key with a semicolon', { key: 'a; Domain=example.com' }],
    ['no key', {}],
    ['a number', { key: 5 }],
    ['a token where there are none', { token: 'once' }],
    ['a list', []],
  ])('does not begin with %s', async (_, body) => {
    const response = await (await setUp()).ask('/v1/session', begin(body))
    expect([response.status, response.headers.get('set-cookie')]).toEqual([401, null])
  })

  test('begins with a one-time token once', async () => {
    const tokens = new Map<string, string>()
    const redeem = (token: string) => {
      const key = tokens.get(token)
      tokens.delete(token)
      return key
    }
    const { key, ask } = await setUp({ redeem })
    tokens.set('once', key)
    expect((await ask('/v1/session', begin({ token: 'once' }))).status).toBe(204)
    expect((await ask('/v1/session', begin({ token: 'once' }))).status).toBe(401)
  })
})

describe('another site', () => {
  const changing = (cookie: string, headers: Record<string, string>): RequestInit => ({
    ...begin([runEvent()], { ...headers, cookie, 'content-type': 'application/json' }),
  })

  test.each<[string, Record<string, string>, number]>([
    ['the page itself', { 'sec-fetch-site': 'same-origin' }, 200],
    ['the page in an old browser', { origin: 'http://127.0.0.1:8787' }, 200],
    ['another site', { 'sec-fetch-site': 'cross-site', origin: 'https://evil.example' }, 403],
    ['another port of this machine', { 'sec-fetch-site': 'same-site', origin: 'http://127.0.0.1:1' }, 403],
    ['another site in an old browser', { origin: 'https://evil.example' }, 403],
    ['a page without an origin', { origin: 'null' }, 403],
    ['a program', {}, 403],
  ])('%s sends a change with the cookie', async (_, headers, status) => {
    const { key, ask } = await setUp({}, ['admin'])
    const cookie = cookieOf(await ask('/v1/session', begin({ key })))
    expect((await ask('/v1/records', changing(cookie, headers))).status).toBe(status)
  })

  test('cannot begin or end a session', async () => {
    const { key, ask } = await setUp()
    const foreign = { 'sec-fetch-site': 'cross-site', 'content-type': 'text/plain' }
    expect((await ask('/v1/session', begin({ key }, foreign))).status).toBe(403)
    expect((await ask('/v1/session', { method: 'DELETE', headers: foreign })).status).toBe(403)
  })

  test('reaches a server on loopback under no name of its own', async () => {
    const { key, ask } = await setUp({ hosts: ['127.0.0.1', 'localhost:8787'] })
    const headers = { authorization: `Bearer ${key}` }
    expect((await ask('/v1/usage', { headers })).status).toBe(200)
    expect((await ask('/', {}, 'http://evil.example:8787')).status).toBe(403)
    expect((await ask('/v1/usage', { headers }, 'http://evil.example:8787')).status).toBe(403)
  })
})
