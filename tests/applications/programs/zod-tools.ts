// Tools whose arguments come from a model and are parsed by zod: coerced, defaulted, refused with its own error.
import { registerCodec, traced } from '@runtape/trace'
import { ZodError, ZodRealError, z } from 'zod'
import type { Application } from '../support/application.ts'
import { changing } from '../support/changing.ts'
import { effect } from '../support/effects.ts'

const Booking = z.object({
  room: z.enum(['tea', 'coffee']),
  from: z.coerce.date(),
  people: z.coerce.number().int().min(1).max(8).default(2),
  notes: z.array(z.string()).transform(notes => new Set(notes)),
})

// zod overrides `instanceof` with its own function.
registerCodec({
  name: 'zod.error',
  is: value => value instanceof ZodError,
  encode: ({ issues }: ZodError) => issues,
  decode: issues => new ZodRealError(issues),
})

const settings = { deposit: 10 }

const book = traced(
  'booking.book',
  { type: 'tool', mockOnReplay: true },
  async (booking: z.infer<typeof Booking>) => {
    effect('booking book')
    return { ...booking, until: new Date(booking.from.getTime() + 3_600_000) }
  },
)

const parseArguments = traced('booking.parse', { mockOnReplay: true }, (json: string) =>
  Booking.parse(JSON.parse(json)),
)

const call = traced('booking.call', async (json: string) => {
  try {
    const { until, notes, people } = await book(parseArguments(json))
    return { until, notes: [...notes], deposit: people * settings.deposit }
  } catch (error) {
    if (error instanceof ZodError)
      return { issues: error.issues.map(({ code, path }) => `${code} ${path.join('.')}`) }
    if (error instanceof SyntaxError) return { issues: ['not JSON'] }
    throw error
  }
})

const json = (value: object) => [JSON.stringify(value)] as const

export const application: Application = {
  name: 'tool arguments that zod parses',
  entry: call,
  inputs: [
    json({ room: 'tea', from: '2026-11-23', people: '4', notes: ['late'] }),
    json({ room: 'tea', from: 0, notes: [] }),
    json({ room: 'attic', from: 'never', notes: 7 }),
    ['{ no json'],
  ],
  change: { make: changing(settings, { deposit: 20 }), reports: { outcome: 'changed|same' } },
}
