// An edge cache in front of a service: requests, responses and headers pass through traced calls.
import { traced } from '@runtape/trace'
import type { Application } from '../support/application.ts'
import { changing } from '../support/changing.ts'
import { effect } from '../support/effects.ts'

const settings = { maxAge: 60 }

const fetchOrigin = traced(
  'edge-cache.origin',
  { mockOnReplay: true },
  async (path: string, headers: Headers) => {
    effect('edge-cache origin')
    const response = await fetch(`${process.env.SHOP_URL}/${path}`, { headers })
    return new Response(await response.text(), { status: response.status, headers: { 'x-origin': 'shop' } })
  },
)

const serve = traced('edge-cache.serve', async (path: string) => {
  const response = await fetchOrigin(path, new Headers({ accept: 'application/json' }))
  const headers = new Headers(response.headers)
  headers.set('cache-control', `max-age=${settings.maxAge}`)
  return new Response(await response.text(), { status: response.status, headers })
})

export const application: Application = {
  name: 'an edge cache of responses',
  entry: serve,
  inputs: [['orders/A-2'], ['missing/A-3']],
  change: { make: changing(settings, { maxAge: 30 }), reports: {} },
}
