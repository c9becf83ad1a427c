import type { Classification } from '../classification.ts'
import type { Prompt } from './read-request.ts'

// The first match counts.
const signs: readonly (readonly [Classification['category'], RegExp])[] = [
  ['return', /changed my mind/i],
  ['damaged', /broken|crack|chip|dent|smash|shards|defective|scratch|riss/i],
  ['wrong item', /wrong (item|colour)/i],
  ['late', /\blate\b|delivery was due|promised delivery|in transit|where.?s my stuff|verspätet|dos semanas/i],
  ['billing', /charged|invoice/i],
]

/** Classifies a ticket by the refund rules of the system prompt. */
export function sortTicket({ system, user }: Prompt): Classification {
  const category = signs.find(([, sign]) => sign.test(user))?.[0] ?? 'question'
  return { category, refund: refundFor(category, system, user) }
}

function refundFor(category: Classification['category'], rules: string, ticket: string) {
  if (/dangerous goods/i.test(rules) && /dangerous|shards|burnt/i.test(ticket)) return 'full'
  if (/shipping when it is late/i.test(rules) && category === 'late')
    return asks(ticket) ? 'shipping' : 'none'
  if (/change of mind/i.test(rules) && category === 'return') return 'none'
  return asks(ticket) ? 'full' : 'none'
}

function asks(ticket: string): boolean {
  return /refund|money back|geld zurück/i.test(ticket) && !/no need for a refund/i.test(ticket)
}
