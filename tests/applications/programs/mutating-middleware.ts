// Middleware that puts its result on the context, as in Koa and oRPC, and returns the same context.
import { traced } from '@runtape/trace'
import type { Application } from '../support/application.ts'
import { changing } from '../support/changing.ts'
import { effect } from '../support/effects.ts'

interface Context {
  readonly session: string
  user?: { readonly id: string; readonly plan: string }
  readonly log: string[]
  cart?: Map<string, number>
}

const settings = { free: false }

const loadUser = traced(
  'middleware.user',
  { mockOnReplay: true },
  async (context: Context): Promise<void> => {
    effect('middleware user')
    context.user = { id: context.session.slice(1), plan: 'basic' }
    context.log.push('user loaded')
  },
)

const loadCart = traced(
  'middleware.cart',
  { mockOnReplay: true },
  async (context: Context): Promise<Context> => {
    effect('middleware cart')
    context.cart = new Map([['K-1', context.session.length]])
    context.log.push('cart loaded')
    return context
  },
)

const checkOut = traced('middleware.check-out', async (session: string) => {
  const context: Context = { session, log: [] }
  await loadUser(context)
  const same = (await loadCart(context)) === context
  const price = settings.free ? 0 : (context.cart?.get('K-1') ?? -1) * 10
  return { user: context.user?.id, plan: context.user?.plan, price, log: context.log, same }
})

export const application: Application = {
  name: 'middleware that changes its context',
  entry: checkOut,
  inputs: [['s77'], ['s8']],
  change: { make: changing(settings, { free: true }), reports: {} },
}
