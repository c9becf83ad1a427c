// A module as it was written before there were others; it shares the tracer of the application.
const { traced } = require('@runtape/trace')

const rates = new Map()

const rateOf = traced('legacy.rate', { mockOnReplay: true }, async function rateOf(currency) {
  module.exports.onCall?.()
  return currency.length * 7
})

module.exports = {
  onCall: undefined,
  settings: { digits: 2 },
  restart: () => rates.clear(),
  async convert(amount, currency) {
    if (!rates.has(currency)) rates.set(currency, rateOf(currency))
    const rate = await rates.get(currency)
    return (amount * rate).toFixed(module.exports.settings.digits)
  },
  lazily: async text => (await import('node:util')).inspect({ text }),
}
