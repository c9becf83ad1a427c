import { type HostRequest, json, type Reply } from '@runtape/testing/openai'

interface Order {
  readonly id: string
  readonly status: string
  readonly total: number
  readonly items: readonly { readonly sku: string; readonly count: number }[]
}

const statuses = ['lost', 'on its way', 'delivered', 'in the warehouse']

/** The order with this code; its content depends only on the number. */
export function orderOf(id: string): Order {
  const number = Number(/\d+/.exec(id)?.[0] ?? 0)
  const items = Array.from({ length: 1 + (number % 3) }, (_, at) => ({
    sku: `K-${number + at}`,
    count: at + 1,
  }))
  return { id, status: statuses[number % statuses.length] ?? 'lost', total: 12 + number, items }
}

/** The shop's own HTTP service. A path with `flaky` fails on every other request, with 503. */
export function shopReply({ path, method, text }: HostRequest, index: number): Reply | undefined {
  const [, service, ...rest] = path.split('?')[0]?.split('/') ?? []
  if (service !== 'shop') return undefined
  const [kind, id = ''] = rest
  if (kind === 'flaky' && index % 2 === 0) return json({ message: 'busy' }, 503, { 'retry-after': '0' })
  if (kind === 'missing') return json({ message: `no ${id}` }, 404)
  if (method === 'POST') return json({ accepted: true, of: JSON.parse(text || 'null') }, 201)
  return json(orderOf(id))
}
