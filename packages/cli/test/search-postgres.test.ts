import { migratePostgres, postgresStore } from '@runtape/store-postgres'
import { span } from '@runtape/testing'
import { expect, test } from 'vitest'
import { testSchema, testServer } from '../../store-postgres/test/server.ts'
import { newProject } from './project.ts'

test('search finds texts in Postgres that were written without the option', async () => {
  const [connectionString, schema] = [await testServer(), testSchema()]
  const store = postgresStore({ connectionString, schema })
  const root = span({ input: { json: JSON.stringify(['Where is my late order?']) } })
  await store.append([root])
  const { runtape } = await newProject('empty')
  const args = ['--store', `${connectionString}?schema=${schema}`]
  const { stdout, code } = await runtape(['search', 'LATE order', ...args])
  expect(stdout).toContain(`trace ${root.traceId}  input\n  Where is my late order?`)
  expect(code).toBe(0)
  const json = JSON.parse((await runtape(['search', 'order', ...args, '--json'])).stdout)
  expect([json.items.length, json.completeTo]).toEqual([1, await store.revision()])
  await store.close()
})

test('migrate --search creates the index, once', async () => {
  const [connectionString, schema] = [await testServer(), testSchema()]
  await migratePostgres({ connectionString, schema })
  const { runtape } = await newProject('empty')
  const migrate = async (...more: string[]) =>
    (await runtape(['migrate', '--store', `${connectionString}?schema=${schema}`, '--search', ...more]))
      .stdout
  expect(await migrate('--print')).toContain('CREATE INDEX search_texts_trigrams')
  expect(await migrate()).toContain('Created the index for searches')
  expect(await migrate()).toContain('up to date')
})
