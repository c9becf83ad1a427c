import { type Phrases, phrasesFor, smallTalk } from './phrases.ts'
import type { Prompt } from './read-request.ts'

/** Writes to the customer from the facts in the message, in the style that the system prompt requests. */
export function writeAnswer({ system, user }: Prompt): string {
  const asked = (what: RegExp) => what.test(system)
  const facts = readFacts(user)
  const phrases = phrasesFor(asked(/customer's own language/i) ? user : '')
  const trouble = phrases.trouble[facts.category]
  return [
    asked(/greet/i) && phrases.greeting(facts.name),
    asked(/apologi[sz]e/i) && trouble && phrases.apology,
    facts.found ? (trouble?.fact(facts.item, facts.due) ?? smallTalk(user)) : noOrder(facts, user, phrases),
    facts.refund && phrases.refund(facts.refund),
    asked(/what happens next/i) &&
      (facts.found ? (trouble?.next ?? phrases.anythingElse) : phrases.sendNumber),
    asked(/sign/i) && phrases.signature,
  ]
    .filter(Boolean)
    .join(' ')
}

interface Facts {
  readonly name: string
  readonly category: string
  readonly found: boolean
  readonly item: string
  readonly due: string
  readonly refund: string | undefined
}

function readFacts(user: string): Facts {
  const [, customer = ''] = /from (\S+)/.exec(user) ?? []
  const [, category = ''] = /^Category: (.+)$/m.exec(user) ?? []
  const [, item = '', due = ''] = /^Order: [^,]+, (.+), \w+, due (.+)$/m.exec(user) ?? []
  const [, refund] = /^Refund: ([\d.]+) euros/m.exec(user) ?? []
  return { name: firstName(customer), category, found: item !== '', item, due, refund }
}

function noOrder({ category }: Facts, user: string, phrases: Phrases): string {
  return category === 'question' && !/order/i.test(user.split('\nCategory:')[0] ?? '')
    ? smallTalk(user)
    : phrases.noOrder
}

function firstName(customer: string): string {
  const [first = ''] = customer.split('.')
  return first.length < 2 ? 'there' : first.charAt(0).toUpperCase() + first.slice(1)
}
