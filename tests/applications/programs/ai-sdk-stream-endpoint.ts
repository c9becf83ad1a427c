// A Hono endpoint that streams an AI SDK answer as server-sent events.
import { once } from 'node:events'
import type { AddressInfo } from 'node:net'
import { createOpenAI } from '@ai-sdk/openai'
import { serve } from '@hono/node-server'
import { tapFetch } from '@runtape/openai'
import { traced } from '@runtape/trace'
import { streamText } from 'ai'
import { Hono } from 'hono'
import { streamSSE } from 'hono/streaming'
import type { Application } from '../support/application.ts'
import { changing } from '../support/changing.ts'
import { effect } from '../support/effects.ts'

const openai = createOpenAI({ fetch: tapFetch() })
const settings = { system: 'You write product texts.' }

const loadProduct = traced('product.load', { mockOnReplay: true }, async (sku: string) => {
  effect('product load')
  return { sku, name: `Kettle ${sku}`, tags: new Set(['steel', 'blue']) }
})

const describeProduct = traced('product.describe', async function* (sku: string) {
  const { name, tags } = await loadProduct(sku)
  const { textStream } = streamText({
    model: openai.chat('gpt-5-mini'),
    system: settings.system,
    prompt: `${name}, ${[...tags].join(' and ')}`,
  })
  for await (const piece of textStream) yield piece
})

const app = new Hono()
app.get('/products/:sku', context =>
  streamSSE(context, async stream => {
    for await (const data of describeProduct(context.req.param('sku'))) await stream.writeSSE({ data })
  }),
)

const server = serve({ fetch: app.fetch, port: 0, hostname: '127.0.0.1' })

async function use(sku: string): Promise<string> {
  if (!server.listening) await once(server, 'listening')
  const { port } = server.address() as AddressInfo
  return (await fetch(`http://127.0.0.1:${port}/products/${sku}`)).text()
}

export const application: Application = {
  name: 'a Hono endpoint that streams an AI SDK answer',
  entry: describeProduct,
  inputs: [['K-1'], ['K-22']],
  use,
  asksModel: true,
  close: () => server.close(),
  change: {
    make: changing(settings, { system: 'You write long product texts.' }),
    reports: { changed: ['openai.chat.completions'] },
  },
}
