import { appendFileSync, existsSync, readFileSync } from 'node:fs'
import { traced } from '@runtape/trace'
import { settings } from './settings.ts'

export interface Order {
  readonly id: string
  readonly item: string
  /** In euros, with shipping. */
  readonly total: number
  readonly shipping: number
  readonly status: 'processing' | 'shipped' | 'delivered'
  readonly due: string
}

export interface Refund {
  readonly order: string
  /** In euros. */
  readonly amount: number
}

async function findOrder(id: string): Promise<Order | undefined> {
  const orders: readonly Order[] = JSON.parse(readFileSync(settings.orders, 'utf8'))
  return orders.find(order => order.id === id)
}

// An order is refunded once, however often the request is repeated.
async function payBack(refund: Refund): Promise<Refund> {
  const earlier = refundsIssued().find(({ order }) => order === refund.order)
  if (earlier) return earlier
  appendFileSync(settings.ledger, `${JSON.stringify(refund)}\n`)
  return refund
}

/** Every refund ever paid: the lines of the ledger. */
export function refundsIssued(): readonly Refund[] {
  if (!existsSync(settings.ledger)) return []
  return readFileSync(settings.ledger, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map(line => JSON.parse(line))
}

/** The agent's tools. A replay answers both from the tape: it shows the order as recorded, and moves no money. */
export const lookupOrder = traced('orders.lookup', { type: 'tool', mockOnReplay: true }, findOrder)
export const issueRefund = traced('refunds.issue', { type: 'tool', mockOnReplay: true }, payBack)
