import { appendFileSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import type { Answer } from './agent.ts'
import { settings } from './settings.ts'
import type { Ticket } from './tickets.ts'

/** An answer on its way to the customer; its token comes back with a thumb. */
export interface SentAnswer extends Answer {
  readonly ticket: Ticket
}

const path = join(settings.folder, 'sent.ndjson')

export function send(answer: SentAnswer): void {
  appendFileSync(path, `${JSON.stringify(answer)}\n`)
}

export const sentAnswers = (): readonly SentAnswer[] =>
  readFileSync(path, 'utf8')
    .split('\n')
    .filter(Boolean)
    .map(line => JSON.parse(line))
