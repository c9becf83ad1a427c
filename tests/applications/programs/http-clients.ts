// Suppliers behind four HTTP clients: axios, got, ky, undici.
import { traced } from '@runtape/trace'
import axios, { AxiosError } from 'axios'
import got, { HTTPError as GotError } from 'got'
import ky, { isHTTPError } from 'ky'
import { request } from 'undici'
import type { Application } from '../support/application.ts'
import { changing } from '../support/changing.ts'
import { effect } from '../support/effects.ts'

const shop = process.env.SHOP_URL ?? ''
const settings = { currency: 'EUR' }

interface Order {
  readonly id: string
  readonly total: number
}

const options = { type: 'tool', mockOnReplay: true } as const

/** The messages of got's and ky's errors, without their sockets. */
class SupplierFailed extends Error {
  override readonly name = 'SupplierFailed'
  readonly client: string
  readonly status: number
  constructor(client: string, status: number, cause: Error) {
    super(`${client} was answered ${status}: ${cause.message}`)
    this.client = client
    this.status = status
  }
}

const byAxios = traced('suppliers.axios', options, async (path: string) => {
  effect('suppliers axios')
  return (await axios.get<Order>(`${shop}/${path}`)).data
})
const byGot = traced('suppliers.got', options, async (path: string) => {
  effect('suppliers got')
  try {
    return await got(`${shop}/${path}`, { retry: { limit: 0 } }).json<Order>()
  } catch (error) {
    throw error instanceof GotError ? new SupplierFailed('got', error.response.statusCode, error) : error
  }
})
const byKy = traced('suppliers.ky', options, async (path: string) => {
  effect('suppliers ky')
  try {
    return await ky(`${shop}/${path}`, { retry: 0 }).json<Order>()
  } catch (error) {
    throw isHTTPError(error) ? new SupplierFailed('ky', error.response.status, error) : error
  }
})
const byUndici = traced('suppliers.undici', options, async (path: string) => {
  effect('suppliers undici')
  const { statusCode, headers, body } = await request(`${shop}/${path}`)
  return { statusCode, type: headers['content-type'], order: (await body.json()) as Order }
})

async function statusOf(call: Promise<Order>): Promise<string> {
  try {
    return `${(await call).total} ${settings.currency}`
  } catch (error) {
    if (error instanceof AxiosError) return `axios ${error.response?.status} ${error.code}`
    if (error instanceof SupplierFailed) return `${error.client} ${error.status}`
    throw error
  }
}

const compare = traced('suppliers.compare', async (path: string) => {
  const prices = await Promise.all([byAxios, byGot, byKy].map(call => statusOf(call(path))))
  const { statusCode, type, order } = await byUndici(path)
  return { prices, undici: { statusCode, type, total: order.total ?? null } }
})

export const application: Application = {
  name: 'suppliers behind axios, got, ky and undici',
  entry: compare,
  inputs: [['orders/A-2'], ['missing/A-3']],
  change: { make: changing(settings, { currency: 'CHF' }), reports: { outcome: 'changed|same' } },
}
