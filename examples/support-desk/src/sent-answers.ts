import { appendFileSync, readFileSync } from 'node:fs'
import type { Answer } from './agent.ts'
import { settings } from './settings.ts'
import type { Ticket } from './tickets.ts'

/** An answer to the customer; its token comes back with a thumb. */
export interface SentAnswer extends Answer {
  readonly ticket: Ticket
}

export function send(answer: SentAnswer): void {
  appendFileSync(settings.sent, `${JSON.stringify(answer)}\n`)
}

export const sentAnswers = (): readonly SentAnswer[] =>
  readFileSync(settings.sent, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map(line => JSON.parse(line))
