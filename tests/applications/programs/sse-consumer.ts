// A client of server-sent events with the global fetch: progress, then a result, then an end by abort.

import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { traced } from '@runtape/trace'
import type { Application } from '../support/application.ts'
import { changing } from '../support/changing.ts'
import { effect } from '../support/effects.ts'

const settings = { unit: '%' }

const server = createServer(async (request, response) => {
  effect('jobs served')
  response.writeHead(200, { 'content-type': 'text/event-stream' })
  for (const done of [10, 50, 100]) {
    response.write(`event: progress\ndata: ${JSON.stringify({ done, job: request.url })}\n\n`)
    await new Promise(resolve => setTimeout(resolve, 2))
  }
  response.write('event: result\ndata: {"rows":7}\n\n')
})

interface Event {
  readonly event: string
  readonly data: unknown
}

const follow = traced(
  'jobs.follow',
  { mockOnReplay: true },
  async function* (job: string): AsyncGenerator<Event> {
    effect('jobs follow')
    if (!server.listening) await once(server.listen(0, '127.0.0.1'), 'listening')
    const controller = new AbortController()
    const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/${job}`
    const { body } = await fetch(url, { signal: controller.signal })
    let rest = ''
    try {
      for await (const text of body?.pipeThrough(new TextDecoderStream()) ?? []) {
        const parts = (rest + text).split('\n\n')
        rest = parts.pop() ?? ''
        for (const part of parts) {
          const [event = '', data = ''] = part.split('\n').map(line => line.slice(line.indexOf(' ') + 1))
          yield { event, data: JSON.parse(data) }
        }
      }
    } finally {
      controller.abort()
    }
  },
)

const run = traced('jobs.run', async function* (job: string) {
  for await (const { event, data } of follow(job)) {
    if (event === 'progress') yield `${(data as { done: number }).done}${settings.unit}`
    else return data
  }
  return undefined
})

export const application: Application = {
  name: 'a client of server-sent events',
  entry: run,
  inputs: [['export'], ['import']],
  change: { make: changing(settings, { unit: ' of 100' }), reports: {} },
  close: () => void server.close().closeAllConnections(),
}
