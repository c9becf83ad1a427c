// A payment that is retried if the bank is busy, and fails at once if the card is refused.
import { traced } from '@runtape/trace'
import pRetry, { AbortError } from 'p-retry'
import type { Application } from '../support/application.ts'
import { changing } from '../support/changing.ts'
import { effect } from '../support/effects.ts'

class BankBusy extends Error {
  override readonly name = 'BankBusy'
  readonly retryAfterMs: number
  constructor(retryAfterMs: number) {
    super(`The bank is busy for ${retryAfterMs} ms.`)
    this.retryAfterMs = retryAfterMs
  }
}

class CardRefused extends Error {
  override readonly name = 'CardRefused'
}

const settings = { retries: 3 }
let attempts = 0

const charge = traced(
  'payment.charge',
  { type: 'tool', mockOnReplay: true },
  async (card: string, cents: number) => {
    effect('payment charge')
    if (card === 'stolen') throw new CardRefused('This card is stolen.')
    if (++attempts % 3 !== 0) throw new BankBusy(attempts)
    return { charged: cents, attempts }
  },
)

const pay = traced('payment.pay', async (card: string, cents: number) => {
  const waits: number[] = []
  const attempt = async () => {
    try {
      return await charge(card, cents)
    } catch (error) {
      if (error instanceof BankBusy) waits.push(error.retryAfterMs)
      if (error instanceof CardRefused) throw new AbortError(error)
      throw error
    }
  }
  try {
    return { ...(await pRetry(attempt, { retries: settings.retries, minTimeout: 1 })), waits }
  } catch (error) {
    return { refused: error instanceof CardRefused, waits }
  }
})

export const application: Application = {
  name: 'a payment that is tried again with p-retry',
  entry: pay,
  inputs: [
    ['4111', 1200],
    ['stolen', 900],
    ['4222', 1],
  ],
  change: {
    make: changing(settings, { retries: 1 }),
    reports: { outcome: 'changed|same', unused: ['payment.charge'], removed: ['payment.charge'] },
  },
}
