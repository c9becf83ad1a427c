import { join } from 'node:path'
import { postgresStore } from '@runtape/store-postgres'
import { sqliteStore } from '@runtape/store-sqlite'
import { expect, test } from 'vitest'
import { testSchema, testServer } from '../../store-postgres/test/server.ts'
import { run } from '../../store-postgres/test/subject.ts'
import { newProject } from './project.ts'

/** Commands that print the same for the store in Postgres into which the file was copied. */
const same: readonly (readonly string[])[] = [
  ['runs', '--json'],
  ['usage', '--by', 'config', '--json'],
  ['cohort', 'list', '--json'],
  ['review', 'list', '--json'],
  ['budget', 'list', '--json'],
]

/** Without what is of one store. */
function compared(text: string): unknown {
  const drop = (key: string, value: unknown) => (key === 'revision' || key === 'inFiles' ? undefined : value)
  try {
    return JSON.parse(text, drop)
  } catch {
    return text
  }
}

test('commands print the same for Postgres as for the file that was copied into it', {
  timeout: 240_000,
}, async () => {
  const { folder, runtape } = await newProject()
  const [connectionString, schema] = [await testServer(), testSchema()]
  const address = `${connectionString}?schema=${schema}`
  const file = sqliteStore(join(folder, 'runtape.db'), { worker: false })
  const { items } = await file.traces.list()
  const traceId = items[0]?.traceId ?? ''
  await file.cohorts.create('first', { put: [{ traceId }] })
  await file.views.put({ name: 'mine', filter: 'status:success' })
  await file.budgets.put({ name: 'all', measure: 'runs', limit: 2, window: 'month' })
  await file.close()
  expect((await runtape(['copy', '--from', 'runtape.db', '--to', address])).code).toBe(0)
  for (const words of [...same, ['trace', traceId, '--json'], ['export', traceId, '--json']]) {
    const [one, other] = [await runtape(words), await runtape([...words, '--store', address])]
    expect([words, other.code, other.stderr]).toEqual([words, one.code, one.stderr])
    expect(compared(other.stdout)).toEqual(compared(one.stdout))
  }
  for (const words of [
    ['health', '--json'],
    // Versions of views are of one store.
    ['views', 'list', '--json'],
    ['doctor', '--json'],
    ['changes', '--since', '1d', '--json'],
    ['budget', 'check', '--json'],
  ])
    expect([words, (await runtape([...words, '--store', address])).stderr]).toEqual([words, ''])
  const store = postgresStore({ connectionString, schema })
  expect(await store.budgets.crossings()).toHaveLength(1)
  await store.close()
  await run(connectionString, `DROP SCHEMA ${schema} CASCADE`)
})
