// A Fastify API whose handler is the traced function of a plain body, with a schema, and asks two suppliers.
import { traced } from '@runtape/trace'
import Fastify from 'fastify'
import type { Application } from '../support/application.ts'
import { changing } from '../support/changing.ts'
import { effect } from '../support/effects.ts'

interface Quote {
  readonly supplier: string
  readonly cents: bigint
  readonly until: Date
}

const settings = { margin: 10n }

const askSupplier = traced('quotes.ask', { mockOnReplay: true }, async (supplier: string, sku: string) => {
  effect('quotes ask')
  await new Promise(resolve => setTimeout(resolve, supplier.length % 5))
  if (supplier === 'south' && sku.startsWith('T')) throw new TypeError(`${supplier} sells no teapots`)
  const quote: Quote = {
    supplier,
    cents: BigInt(sku.length * supplier.length),
    until: new Date(1_800_000_000_000),
  }
  return quote
})

const quote = traced('quotes.best', async ({ sku, suppliers }: { sku: string; suppliers: string[] }) => {
  const asked = await Promise.allSettled(suppliers.map(supplier => askSupplier(supplier, sku)))
  const quotes = asked.flatMap(each => (each.status === 'fulfilled' ? [each.value] : []))
  const refusals = asked.flatMap(each => (each.status === 'rejected' ? [String(each.reason)] : []))
  const [best] = quotes.sort((a, b) => Number(a.cents - b.cents))
  return { best, price: (best?.cents ?? 0n) + settings.margin, refusals }
})

const app = Fastify()
const body = {
  type: 'object',
  properties: { sku: { type: 'string' }, suppliers: { type: 'array', items: { type: 'string' } } },
  required: ['sku', 'suppliers'],
} as const
app.post<{ Body: { sku: string; suppliers: string[] } }>('/quotes', { schema: { body } }, async request => {
  const { price, refusals } = await quote(request.body)
  return { price: String(price), refusals }
})

export const application: Application = {
  name: 'a Fastify API',
  entry: quote,
  inputs: [
    [{ sku: 'K-1', suppliers: ['north', 'south', 'easterly'] }],
    [{ sku: 'T-20', suppliers: ['south', 'west'] }],
  ],
  use: async (payload: object) => (await app.inject({ method: 'POST', url: '/quotes', payload })).json(),
  change: { make: changing(settings, { margin: 12n }), reports: {} },
  close: () => app.close(),
}
