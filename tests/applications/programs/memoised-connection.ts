// A connection that is opened once per process and shared by all requests.
import { traced } from '@runtape/trace'
import type { Application } from '../support/application.ts'
import { changing } from '../support/changing.ts'
import { effect } from '../support/effects.ts'

const settings = { unit: 'ms' }

const connect = traced('pool.connect', { mockOnReplay: true }, async () => {
  effect('pool connect')
  await new Promise(resolve => setTimeout(resolve, 3))
  return { host: 'db-1', version: 18 }
})

const run = traced('pool.query', { mockOnReplay: true }, async (host: string, sql: string) => {
  effect('pool query')
  return { host, sql, took: sql.length }
})

let connection: Promise<{ host: string; version: number }> | undefined

const report = traced('pool.report', async (sql: string) => {
  connection ??= connect()
  const { host } = await connection
  const { took } = await run(host, sql)
  return `${took} ${settings.unit} on ${host}`
})

export const application: Application = {
  name: 'a connection of the process',
  entry: report,
  inputs: [['SELECT 1'], ['SELECT 22']],
  restart: () => {
    connection = undefined
  },
  sharesState: true,
  change: { make: changing(settings, { unit: 'milliseconds' }), reports: {} },
}
