// A process whose calls return bodies, and that ends or continues in one of several ways: `bodies.ts FILE WAY`.
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { createAdaptorServer } from '@hono/node-server'
import { createRecorder } from '@runtape/recorder'
import { sqliteStore } from '@runtape/store-sqlite'
import { createTracer, decodeValue, encodeValue } from '@runtape/trace'

const [file = '', way = ''] = process.argv.slice(2)
const recorder = createRecorder({ store: sqliteStore(file) })
const { traced } = createTracer({ sink: recorder })
const json = traced('json', async () => Response.json({ ok: true }))
const never = traced('never', async () => new Response(new ReadableStream({ type: 'bytes' })))
const base = (server: ReturnType<typeof createServer>) =>
  `http://127.0.0.1:${(server.address() as AddressInfo).port}/`

const ways: Record<string, () => Promise<unknown>> = {
  return: async () => Promise.all([json(), never()]),
  exit: async () => {
    await Promise.all([json(), never()])
    process.exit(3)
  },
  killed: async () => {
    await json()
    await recorder.flush()
    process.kill(process.pid, 'SIGKILL')
  },
  closed: async () => {
    await Promise.all([json(), never()])
    await recorder.close()
    process.kill(process.pid, 'SIGKILL')
  },
  collected: async () => {
    const server = createServer((_request, response) => response.setHeader('content-length', 5).end('small'))
    await once(server.listen(0, '127.0.0.1'), 'listening')
    const response = await traced('fetch', async () => fetch(base(server)))()
    await recorder.flush()
    for (let turn = 0; turn < 10; turn++) {
      globalThis.gc?.()
      await new Promise(resolve => setTimeout(resolve, 5))
    }
    console.log(await response.text())
    server.close()
    server.closeAllConnections()
  },
  hono: async () => {
    const early = Response.json({ early: true })
    const handle = traced('handle', async (request: Request) => {
      if (request.url.endsWith('early')) return early
      return new Response(`light ${await request.text()}`, { status: 201 })
    })
    // It replaces the global class with its own.
    const server = createAdaptorServer({ fetch: request => handle(request) })
    await once(server.listen(0, '127.0.0.1'), 'listening')
    for (const path of ['early', 'late']) {
      const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/${path}`
      const response = await fetch(url, { method: 'POST', body: 'body' })
      console.log(response.status, await response.text())
    }
    const made = decodeValue(encodeValue(new Response(null, { headers: { 'x-a': '1' } }))) as Response
    console.log([...made.headers].join())
    await recorder.flush()
    server.close()
  },
}
await ways[way]?.()
