import {
  createServer,
  request as httpRequest,
  type IncomingMessage,
  type RequestListener,
  type Server,
} from 'node:http'
import type { AddressInfo } from 'node:net'
import { serve } from '@hono/node-server'
import express from 'express'
import fastify from 'fastify'
import { Hono } from 'hono'
import Koa from 'koa'
import { afterEach, expect, test } from 'vitest'
import { inputOf, tape } from '../../../test/tape.ts'

type Handler = (...messages: never[]) => unknown

const servers: { close(): unknown }[] = []
afterEach(() => {
  for (const server of servers.splice(0)) server.close()
})

const portOf = (server: Pick<Server, 'address'>) => (server.address() as AddressInfo).port

async function listen(listener: RequestListener): Promise<number> {
  const server = createServer(listener)
  servers.push(server)
  await new Promise<void>(resolve => server.listen(0, '127.0.0.1', resolve))
  return portOf(server)
}

/** Servers that call `handle` with the framework's arguments; each resolves with its port. */
const frameworks: Record<string, (handle: Handler) => Promise<number>> = {
  node: handle =>
    listen((request, response) => void response.end(String(handle(request as never, response as never)))),
  express: handle => {
    const app = express()
    app.post('/orders/:id', express.json(), (request, response) => {
      response.set('set-cookie', 'sid=s3cret')
      response.send(String(handle(request as never, response as never)))
    })
    return listen(app)
  },
  koa: handle => {
    const app = new Koa({ env: 'test' })
    app.use(context => {
      context.body = String(handle(context as never, context.request as never, context.response as never))
    })
    return listen(app.callback())
  },
  fastify: async handle => {
    const app = fastify()
    servers.push(app)
    app.post('/orders/:id', async (request, reply) => String(handle(request as never, reply as never)))
    await app.listen({ port: 0, host: '127.0.0.1' })
    return portOf(app.server)
  },
  hono: async handle => {
    const app = new Hono()
    app.post('/orders/:id', context => context.text(String(handle(context as never, context.req as never))))
    return new Promise(resolve => {
      const server = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }, info => resolve(info.port))
      servers.push(server as Server)
    })
  },
}

function send(port: number): Promise<string> {
  const headers = {
    Authorization: 'Bearer s3cret',
    Cookie: 'sid=s3cret',
    'X-Api-Key': 's3cret',
    'content-type': 'application/json',
    'x-kept': 'kept',
  }
  return new Promise((resolve, reject) => {
    const request = httpRequest(
      { port, method: 'POST', path: '/orders/7?deep=1&access_token=s3cret', headers },
      response => {
        let text = ''
        response.on('data', chunk => (text += chunk)).on('end', () => resolve(text))
      },
    )
    request.on('error', reject).end('{"note":"hello","password":"s3cret"}')
  })
}

test.each(Object.keys(frameworks))('a handler of %s records the request without secrets', async name => {
  const { traced, only } = tape()
  const handle = traced('handle', (...messages: never[]) => messages.length)
  const port = await (frameworks[name] as (handle: Handler) => Promise<number>)(handle)
  expect(Number(await send(port))).toBeGreaterThan(1)
  const span = only()
  expect(JSON.stringify(span)).not.toContain('s3cret')
  const [request] = inputOf(span) as [Record<string, unknown>]
  expect(request).toMatchObject({
    method: 'POST',
    headers: { 'x-kept': 'kept', authorization: '[redacted]', cookie: '[redacted]' },
  })
  expect(request.url).toMatch(/\/orders\/7\?deep=1&access_token=\[redacted\]$/)
  // Sockets and streams are omitted and listed as lossy.
  expect(span.input.json.length).toBeLessThan(3_000)
  expect(span.input.lossy?.length).toBeGreaterThan(1)
  expect(span.input.lossy?.join('\n')).toMatch(/^\$\[0\]: an instance of \w+/m)
})

test('parameters, query and body of a framework are recorded', async () => {
  const { traced, only } = tape()
  const port = await frameworks.express?.(traced('handle', (_request: { body: unknown }) => 1))
  await send(port as number)
  expect(inputOf(only())).toMatchObject([
    {
      params: { id: '7' },
      query: { deep: '1', access_token: '[redacted]' },
      body: { note: 'hello', password: '[redacted]' },
    },
    { statusCode: 200, headers: { 'set-cookie': '[redacted]', 'x-powered-by': 'Express' } },
  ])
})

test('a sent request, and an error that carries it, contain no raw secret header', async () => {
  const { traced, spans } = tape()
  const port = await listen((_request, response) => void response.end())
  const read = traced('read', (_sent: unknown) => 1)
  const headers = { authorization: 'Basic s3cret', 'proxy-authorization': 's3cret' }
  const sent = httpRequest({ port, headers, auth: 'ada:s3cret' })
  const [response] = await new Promise<[IncomingMessage]>(resolve =>
    sent.on('response', (...all) => resolve(all)).end(),
  )
  response.resume()
  read(sent)
  read(Object.assign(new Error('refused'), { request: sent, response, config: { headers } }))
  expect(JSON.stringify(spans)).not.toMatch(/s3cret|czNjcmV0/)
  expect(inputOf(spans[0] as never)).toMatchObject([
    { method: 'GET', path: '/', headers: { authorization: '[redacted]' } },
  ])
})

test('objects that resemble a message are captured as plain objects', () => {
  class Upload {
    raw = { rawHeaders: 'none' }
    req = null
    params = { id: 1 }
  }
  const { traced, only } = tape()
  traced('fn', (_upload: Upload, _odd: unknown) => 1)(
    new Upload(),
    new Proxy(new Upload(), { has: () => true }),
  )
  const whole = { raw: { rawHeaders: 'none' }, req: null, params: { id: 1 } }
  expect(inputOf(only())).toEqual([whole, whole])
})
