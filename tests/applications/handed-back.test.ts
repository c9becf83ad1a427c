// What a handler streams to a browser is part of the run that returned the stream.
import { once } from 'node:events'
import { createServer, type Server } from 'node:http'
import type { AddressInfo } from 'node:net'
import { Readable } from 'node:stream'
import type { ReadableStream as NodeWebStream } from 'node:stream/web'
import { setTimeout as sleep } from 'node:timers/promises'
import { setFlagsFromString } from 'node:v8'
import { runInNewContext } from 'node:vm'
import { createOpenAI } from '@ai-sdk/openai'
import { serve } from '@hono/node-server'
import { tapFetch } from '@runtape/openai'
import { chunk, type FakeHost, failure, startFakeOpenAI, stream, textChunks } from '@runtape/testing/openai'
import { createTracker, type Tracker } from '@runtape/tracker'
import { streamText } from 'ai'
import express from 'express'
import fastify from 'fastify'
import { Hono } from 'hono'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'

setFlagsFromString('--expose-gc')
const gc: () => void = runInNewContext('gc')

let host: FakeHost
beforeAll(async () => {
  host = await startFakeOpenAI()
})
afterAll(() => host.close())

const ask = () =>
  streamText({
    model: createOpenAI({ apiKey: 'sk-test', baseURL: host.url, fetch: tapFetch() }).chat('gpt-test'),
    prompt: 'Time?',
    maxRetries: 0,
    onError: () => {},
  })

/** Runs in a run, or bare without a tracker. */
type Run = <T>(fn: () => T) => T

interface App {
  readonly name: string
  /** Listens on a free port. */
  listen(run: Run): Promise<{ readonly port: number; readonly close: () => unknown }>
}

async function listening(server: Server) {
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  return { port: (server.address() as AddressInfo).port, close: () => server.close().closeAllConnections() }
}

const apps: App[] = [
  {
    name: 'Hono with toTextStreamResponse()',
    listen: async run => {
      const app = new Hono().get('/', () => run(() => ask().toTextStreamResponse()))
      const server = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }) as Server
      await once(server, 'listening')
      return {
        port: (server.address() as AddressInfo).port,
        close: () => server.close().closeAllConnections(),
      }
    },
  },
  {
    name: 'Hono with a body of textStream',
    listen: async run => {
      const app = new Hono().get('/', async context =>
        context.body(await run(async () => ask().textStream.pipeThrough(new TextEncoderStream()))),
      )
      const server = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' }) as Server
      await once(server, 'listening')
      return {
        port: (server.address() as AddressInfo).port,
        close: () => server.close().closeAllConnections(),
      }
    },
  },
  {
    name: 'Express with pipeTextStreamToResponse() of a result',
    listen: run => {
      const app = express().get('/', (_, response) => {
        void run(() => ask()).pipeTextStreamToResponse(response)
      })
      return listening(createServer(app))
    },
  },
  {
    name: 'Express with a Readable of a response',
    listen: run => {
      const app = express().get('/', async (_, response) => {
        const { body } = await run(async () => ask().toTextStreamResponse())
        const readable = Readable.fromWeb(body as NodeWebStream)
        readable.pipe(response).on('close', () => readable.destroy())
      })
      return listening(createServer(app))
    },
  },
  {
    name: 'Fastify with a web stream',
    listen: async run => {
      const app = fastify({ forceCloseConnections: true })
      app.get('/', (_, reply) => reply.send(run(() => ask().textStream.pipeThrough(new TextEncoderStream()))))
      await app.listen({ port: 0, host: '127.0.0.1' })
      return { port: (app.server.address() as AddressInfo).port, close: () => app.close() }
    },
  },
  {
    name: 'node:http with a loop over a body',
    listen: run =>
      listening(
        createServer(async (_, response) => {
          const { body } = run(() => ask().toTextStreamResponse())
          for await (const piece of body as ReadableStream<Uint8Array>) {
            if (response.destroyed) break
            if (!response.write(piece)) await Promise.race([once(response, 'drain'), once(response, 'close')])
          }
          response.end()
        }),
      ),
  },
]

const sink = { append: () => {}, flush: async () => {}, close: async () => {} }

/** Starts the app, with a new run for each request where `isTracked`. */
async function started(app: App, isTracked = true) {
  const trackers: Tracker[] = []
  const warnings: string[] = []
  const run: Run = fn => {
    const logger = { warn: (message: string) => void warnings.push(message) }
    const tracker = createTracker({ sink, configKey: 'test', logger })
    trackers.push(tracker)
    return tracker.run(fn)
  }
  const server = await app.listen(isTracked ? run : fn => fn())
  const summary = () => trackers[0]?.getSummary()
  return { ...server, url: `http://127.0.0.1:${server.port}/`, warnings, summary }
}

/** The response that a browser receives. */
async function got(url: string) {
  const response = await fetch(url)
  return { status: response.status, type: response.headers.get('content-type'), text: await response.text() }
}

const endless: Parameters<FakeHost['answer']>[0] = async response => {
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  const event = `data: ${JSON.stringify(chunk({ content: 'x'.repeat(5000) }))}\n\n`
  while (!response.destroyed) {
    if (!response.write(event)) await Promise.race([once(response, 'drain'), once(response, 'close')])
    await new Promise(setImmediate)
  }
}

describe.each(apps)('$name', app => {
  test('sends the same as without a run, and its run has the tokens', async () => {
    host.answer(stream(...textChunks('Halb ', 'zwölf.')))
    const bare = await started(app, false)
    const expected = await got(bare.url)
    await bare.close()
    const own = await started(app)
    expect(await got(own.url)).toEqual(expected)
    expect(expected.text).toBe('Halb zwölf.')
    await expect.poll(() => own.summary()?.outcome).toEqual({ status: 'success' })
    expect(own.summary()).toMatchObject({ tokens: { total: 29 }, timeToFirstTokenMs: expect.any(Number) })
    expect(own.warnings).toEqual([])
    await own.close()
  })

  test('is not successful when the model fails', async () => {
    host.answer(failure(500, 'overloaded'))
    const own = await started(app)
    await got(own.url).catch(() => {})
    await expect.poll(() => own.summary()?.outcome?.status).toBe('error')
    await own.close()
  })

  test('is cancelled when the browser disconnects', async () => {
    host.answer(endless)
    const own = await started(app)
    const leaving = new AbortController()
    const response = await fetch(own.url, { signal: leaving.signal })
    await response.body?.getReader().read()
    leaving.abort()
    for (let turn = 0; turn < 300 && !own.summary()?.outcome; turn++) {
      await sleep(20)
      gc()
    }
    expect(own.summary()).toMatchObject({ outcome: { status: 'cancelled' } })
    expect(own.summary()?.tokens).toBeUndefined()
    await own.close()
  })
})
