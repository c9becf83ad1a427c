import { createServer, type RequestListener, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { runEvent } from '@runtape/testing'
import { afterEach, expect, test } from 'vitest'
import { httpStore } from './index.ts'

const servers: Server[] = []
afterEach(() => {
  for (const server of servers.splice(0)) {
    server.closeAllConnections()
    server.close()
  }
})

async function answering(listener: RequestListener): Promise<string> {
  const server = createServer(listener)
  servers.push(server)
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`
}

test('an answer that is not ours says to check the address and the proxy', async () => {
  const url = await answering((_, response) => response.writeHead(502).end('<html>Bad gateway</html>'))
  await expect(httpStore({ url }).runs.list()).rejects.toMatchObject({
    code: 'store-unusable',
    message: expect.stringMatching(/answered 502 without a Runtape error.*proxy/),
  })
})

test('a 404 of another server is no missing record', async () => {
  const url = await answering((_, response) => response.writeHead(404).end('not found'))
  await expect(httpStore({ url }).runs.get('a')).rejects.toMatchObject({ code: 'store-unusable' })
})

test('the time that a busy server asks for is on the error', async () => {
  const body = JSON.stringify({ error: { code: 'too-many-requests', message: 'Wait.' } })
  const url = await answering((_, response) => response.writeHead(429, { 'retry-after': '3' }).end(body))
  await expect(httpStore({ url }).append([runEvent()])).rejects.toMatchObject({
    code: 'store-unusable',
    retryAfterMs: 3000,
  })
})

test('a server that does not answer, and one that is not there, are unusable', async () => {
  const silent = await answering(() => {})
  await expect(httpStore({ url: silent, timeoutMs: 100 }).runs.list()).rejects.toThrow(
    /no answer within 100 ms/,
  )
  await expect(httpStore({ url: 'http://127.0.0.1:9' }).runs.list()).rejects.toMatchObject({
    code: 'store-unusable',
  })
})

test('a key is sent to its address only, never to where a redirect points', async () => {
  let reached = 0
  const other = await answering((_, response) => {
    reached++
    response.end('[]')
  })
  const url = await answering((_, response) =>
    response.writeHead(307, { location: `${other}/v1/runs` }).end(),
  )
  await expect(httpStore({ url, key: 'rt_secret' }).runs.list()).rejects.toMatchObject({
    code: 'store-unusable',
  })
  expect(reached).toBe(0)
})

test('no message has the key', async () => {
  const url = await answering((_, response) => response.destroy())
  const error = await httpStore({ url, key: 'rt_secret' })
    .runs.list()
    .catch((thrown: Error) => thrown)
  expect(String(error) + JSON.stringify(error)).not.toContain('rt_secret')
})

test('values that JSON would change are refused before anything is sent', async () => {
  let requests = 0
  const url = await answering((_, response) => {
    requests++
    response.end('[]')
  })
  const store = httpStore({ url })
  for (const limit of [Number.NaN, Infinity, 5n, Symbol('a'), () => 1])
    await expect(store.runs.list({ limit } as never)).rejects.toMatchObject({ code: 'invalid-option' })
  await expect(store.append([{ ...runEvent(), value: Number.NaN }])).rejects.toMatchObject({
    code: 'invalid-record',
  })
  expect(requests).toBe(0)
})

test('wrong options are refused, without the key', () => {
  expect(() => httpStore({ url: 'localhost:8787' })).toThrow(/must be the address of a Runtape server/)
  expect(() => httpStore({ url: 'http://user:pass@localhost' })).toThrow(/no user, query or fragment/)
  expect(() => httpStore({ url: 'http://localhost', key: 'a key\n' })).toThrow(/must be a key of the server/)
  expect(() => httpStore({ url: 'http://localhost', timeoutMs: 0 })).toThrow(/timeoutMs/)
  expect(() => httpStore({ url: 'http://localhost', token: 'a' } as never)).toThrow(/no option "token"/)
})
