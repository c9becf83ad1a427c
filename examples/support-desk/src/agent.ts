import { type AIConfig, AIConfigDefault, type RunContext } from '@runtape/client'
import { traced } from '@runtape/trace'
import { type Classification, parseClassification } from './classification.ts'
import { issueRefund, lookupOrder, type Order } from './orders.ts'
import { languageModel } from './providers/language-model.ts'
import { runtape } from './runtape.ts'
import type { Ticket } from './tickets.ts'

export interface Answer {
  readonly text: string
  readonly category: string
  /** In euros; 0 without a refund. */
  readonly refunded: number
  /** Lets another process add feedback to this run. */
  readonly token: string
}

/** The default if the flag source has no usable config. */
const fallback = new AIConfigDefault({
  model: { name: 'gpt-4.1-mini' },
  messages: [{ role: 'system', content: 'You answer the customers of a small shop, in two sentences.' }],
})

/** Answers one ticket: classifies it, looks up its order, refunds it if justified, and writes to the customer. */
export const answer = traced('support.answer', async (ticket: Ticket): Promise<Answer> => {
  const customer = { kind: 'user', key: ticket.customer }
  const config = await runtape.completionConfig('support-answer', customer, fallback)
  const tracker = config.createTracker()
  const reply = await tracker.run(async () => {
    const { category, refund } = await classify(ticket, customer)
    const order = ticket.order ? await lookupOrder(ticket.order) : undefined
    const amount = order ? amountOf(refund, order) : 0
    if (order && amount > 0) {
      await issueRefund({ order: order.id, amount })
      tracker.trackToolCall({ name: 'refunds.issue' })
    }
    return { text: await draft(config, ticket, factsOf(category, order, amount)), category, refunded: amount }
  })
  return { ...reply, token: tracker.resumptionToken }
})

async function classify(ticket: Ticket, customer: RunContext): Promise<Classification> {
  const config = await runtape.completionConfig('support-classify', customer)
  if (!config.enabled) return { category: 'question', refund: 'none' }
  return parseClassification(await languageModel.json(config, letter(ticket)))
}

async function draft(config: AIConfig, ticket: Ticket, facts: string): Promise<string> {
  let text = ''
  for await (const piece of languageModel.words(config, `${letter(ticket)}\n\n${facts}`)) text += piece
  return text
}

function letter({ id, customer, subject, text }: Ticket): string {
  return `Ticket ${id} from ${customer}\nSubject: ${subject}\n\n${text}`
}

function factsOf(category: string, order: Order | undefined, refunded: number): string {
  const found = order && `${order.id}, ${order.item}, ${order.status}, due ${order.due}`
  const paid = refunded > 0 ? `${refunded.toFixed(2)} euros, on their way` : 'none'
  return `Category: ${category}\nOrder: ${found ?? 'not found'}\nRefund: ${paid}`
}

function amountOf(refund: Classification['refund'], order: Order): number {
  if (refund === 'full') return order.total
  return refund === 'shipping' ? order.shipping : 0
}
