// Tenants and permissions in an AsyncLocalStorage of the application, read deep below.
import { AsyncLocalStorage } from 'node:async_hooks'
import { traced } from '@runtape/trace'
import type { Application } from '../support/application.ts'
import { changing } from '../support/changing.ts'
import { effect } from '../support/effects.ts'

interface Tenant {
  readonly id: string
  readonly features: ReadonlyMap<string, boolean>
}

const current = new AsyncLocalStorage<Tenant>()
const settings = { table: 'orders' }

const loadTenant = traced('tenants.load', { mockOnReplay: true }, async (id: string): Promise<Tenant> => {
  effect('tenants load')
  return { id, features: new Map([['export', id.length > 2]]) }
})

const query = traced('tenants.query', { mockOnReplay: true }, async (sql: string) => {
  effect('tenants query')
  await new Promise(resolve => setTimeout(resolve, 2))
  return [{ sql, tenant: current.getStore()?.id }]
})

async function rows(): Promise<readonly object[]> {
  const tenant = current.getStore()
  if (!tenant?.features.get('export')) throw Object.assign(new Error('not allowed'), { tenant: tenant?.id })
  return query(`SELECT * FROM ${tenant.id}.${settings.table}`)
}

const exportAll = traced('tenants.export', async (id: string) => {
  const tenant = await loadTenant(id)
  return current.run(tenant, async () => {
    const [first, second] = await Promise.all([rows(), new Promise(setImmediate).then(rows)])
    return { first, second }
  })
})

export const application: Application = {
  name: 'tenants in an AsyncLocalStorage',
  entry: exportAll,
  inputs: [['acme'], ['globex'], ['io']],
  change: {
    make: changing(settings, { table: 'invoices' }),
    reports: { outcome: 'same', drifted: ['tenants.query'], changed: ['tenants.query'] },
  },
}
