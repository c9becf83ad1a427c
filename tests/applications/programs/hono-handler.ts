// A traced Hono handler: it takes a Request and returns a Response.
import { traced } from '@runtape/trace'
import { Hono } from 'hono'
import type { Application } from '../support/application.ts'
import { changing } from '../support/changing.ts'
import { effect } from '../support/effects.ts'

const settings = { status: 200 as 200 | 500 }

const decide = traced('loans.decide', { mockOnReplay: true }, async (amount: number) => {
  effect('loans decide')
  return { approved: amount < 1000, decidedBy: 'rules-7' }
})

const app = new Hono()
app.post('/loans', async context => {
  const { amount } = await context.req.json<{ amount: number }>()
  const { approved } = await decide(amount)
  return context.json({ amount, decision: approved ? 'approved' : 'denied' }, settings.status, {
    'x-rules': '7',
  })
})

const handle = traced('loans.handle', async (path: string, amount: number) =>
  app.request(path, { method: 'POST', body: JSON.stringify({ amount }) }),
)

export const application: Application = {
  name: 'a handler that gives a Response',
  entry: handle,
  inputs: [
    ['/loans', 100],
    ['/loans', 5000],
  ],
  change: { make: changing(settings, { status: 500 }), reports: {} },
}
