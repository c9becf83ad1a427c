import { readFileSync } from 'node:fs'
import { settings } from './settings.ts'

/** What a customer wrote. */
export interface Ticket {
  readonly id: string
  readonly customer: string
  /** As given by the customer: it may not exist. */
  readonly order?: string
  readonly subject: string
  readonly text: string
}

export const readTickets = (): readonly Ticket[] => JSON.parse(readFileSync(settings.tickets, 'utf8'))
