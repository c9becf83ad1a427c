import type { Answer } from './agent.ts'
import type { Ticket } from './tickets.ts'

const trouble = new Set(['damaged', 'late', 'wrong item'])
const apology = /sorry|apolog|leid|lo sentimos|disculp/i
const nextStep = /tomorrow|friday|wednesday|today|noon|within|hour|morgen|freitag|mittwoch|mañana|miércoles/i
const languages = [
  { written: /\b(Hallo|Guten Tag)\b/, answered: /\b(Ihre?|wir|uns)\b/ },
  { written: /\b(Hola|Gracias)\b/, answered: /\b(su|lo|que)\b/i },
]

/** Why the customer dislikes this answer; `undefined` for a good one. */
export function complaint(
  ticket: Ticket,
  { text, category, refunded }: Omit<Answer, 'token'>,
): string | undefined {
  const language = languages.find(({ written }) => written.test(ticket.text))
  if (language && !language.answered.test(text)) return 'Not in my language.'
  if (trouble.has(category) && !apology.test(text)) return 'Not a word of apology.'
  const waits = category === 'return' || (trouble.has(category) && refunded === 0)
  return waits && !nextStep.test(text) ? 'And what happens now?' : undefined
}
