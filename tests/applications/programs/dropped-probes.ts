// Probes and private tickets are not recorded: one drops its trace, the other a call.
import { currentSpan, currentTrace, traced } from '@runtape/trace'
import type { Application } from '../support/application.ts'
import { changing } from '../support/changing.ts'
import { effect } from '../support/effects.ts'

const settings = { isProbe: false, signature: 'the shop' }

const payBack = traced('private.pay-back', { type: 'tool', mockOnReplay: true }, async (order: string) => {
  effect('private pay-back')
  return { order, cents: order.length * 100 }
})

const readLetter = traced('private.read', async (letter: string) => {
  if (letter.startsWith('private')) currentSpan()?.drop()
  return (await payBack(letter)).cents
})

const handle = traced('private.handle', async (letter: string) => {
  if (settings.isProbe) currentTrace()?.drop()
  const { cents } = await payBack(letter)
  return `${cents + (await readLetter('public'))} from ${settings.signature}`
})

export const application: Application = {
  name: 'traces and calls that drop themselves',
  entry: handle,
  inputs: [['A-1'], ['A-22']],
  change: {
    // Whatever happens to the record, there is no refund.
    make: changing(settings, { isProbe: true }),
    reports: { outcome: 'same' },
  },
}
