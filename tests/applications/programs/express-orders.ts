// An Express API: middleware puts the customer on the request, a handler cancels an order.
import { once } from 'node:events'
import { createServer } from 'node:http'
import type { AddressInfo } from 'node:net'
import { traced } from '@runtape/trace'
import express, { type NextFunction, type Request, type Response } from 'express'
import type { Application } from '../support/application.ts'
import { changing } from '../support/changing.ts'
import { effect } from '../support/effects.ts'
import { orderOf } from '../support/shop.ts'

const settings = { fee: 0 }

const authenticate = traced('orders-api.authenticate', { mockOnReplay: true }, async (token: string) => {
  effect('orders-api authenticate')
  return { id: token.slice(-1), roles: new Set(['customer']) }
})

const cancelOrder = traced('orders-api.cancel', { type: 'tool', mockOnReplay: true }, async (id: string) => {
  effect('orders-api cancel')
  if (id === 'X-0') throw Object.assign(new Error('no such order'), { status: 404 })
  return orderOf(id)
})

const cancel = traced('orders-api.handle', async (order: string, bearer: string) => {
  const customer = await authenticate(bearer)
  const { total } = await cancelOrder(order)
  return { order, customer: customer.id, refund: total - settings.fee }
})

const app = express()
app.use(express.json())
app.post('/orders/:id/cancel', async (request: Request<{ id: string }>, response: Response) => {
  response.json(await cancel(request.params.id, request.get('x-session') ?? ''))
})
app.use((error: Error & { status?: number }, _: Request, response: Response, next: NextFunction) => {
  if (response.headersSent) return next(error)
  response.status(error.status ?? 500).json({ message: error.message })
})
const server = createServer(app)

async function use(order: string, session: string): Promise<number> {
  if (!server.listening) await once(server.listen(0, '127.0.0.1'), 'listening')
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/orders/${order}/cancel`
  const response = await fetch(url, { method: 'POST', headers: { 'x-session': session } })
  await response.text()
  return response.status
}

export const application: Application = {
  name: 'an Express API',
  entry: cancel,
  inputs: [
    ['A-2', 'session-7'],
    ['A-5', 'session-8'],
    ['X-0', 'session-9'],
  ],
  use,
  change: { make: changing(settings, { fee: 3 }), reports: { outcome: 'changed|same' } },
  close: () => void server.close().closeAllConnections(),
}
