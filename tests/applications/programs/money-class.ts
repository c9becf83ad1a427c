// Prices are objects of a class with private fields, which can be read only through its methods.
import { traced } from '@runtape/trace'
import type { Application } from '../support/application.ts'
import { changing } from '../support/changing.ts'
import { effect } from '../support/effects.ts'

class Money {
  readonly #cents: number
  constructor(cents: number) {
    this.#cents = cents
  }
  plus(other: Money): Money {
    return new Money(this.#cents + other.#cents)
  }
  toString(): string {
    return `${this.#cents / 100} EUR`
  }
}

const settings = { shipping: 490 }

const loadPrices = traced('checkout.prices', { mockOnReplay: true }, async (skus: readonly string[]) => {
  effect('checkout prices')
  return skus.map(({ length }) => length * 100)
})

const total = traced('checkout.total', async (skus: readonly string[]) => {
  const prices = await loadPrices(skus)
  return prices
    .map(cents => new Money(cents))
    .reduce((sum, price) => sum.plus(price), new Money(settings.shipping))
})

export const application: Application = {
  name: 'a result with private fields',
  entry: total,
  inputs: [[['K-1', 'K-22']], [['T-1']]],
  unchanged: { reports: { outcome: 'unknown' }, reason: /Money/ },
  // The change cannot be seen, but the result must not be called the same.
  change: { make: changing(settings, { shipping: 0 }), reports: { outcome: 'unknown' } },
}
