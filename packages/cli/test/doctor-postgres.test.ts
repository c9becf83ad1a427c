import { migratePostgres, postgresStore } from '@runtape/store-postgres'
import { runEvent, span } from '@runtape/testing'
import { expect, onTestFinished, test } from 'vitest'
import { testSchema, testServer } from '../../store-postgres/test/server.ts'
import { run } from '../../store-postgres/test/subject.ts'
import { newProject } from './project.ts'

/** A schema, its address for `--store`, and a user without privileges. */
async function newSchema() {
  const [connectionString, schema] = [await testServer(), testSchema()]
  const user = `user_of_${schema}`
  await run(connectionString, `CREATE ROLE ${user} LOGIN PASSWORD 'secret'`)
  onTestFinished(async () => {
    await run(
      connectionString,
      `DROP SCHEMA IF EXISTS ${schema} CASCADE; DROP OWNED BY ${user}; DROP ROLE ${user}`,
    )
  })
  const address = new URL(`${connectionString}?schema=${schema}`)
  const asUser = new URL(address)
  asUser.username = user
  asUser.password = 'secret'
  return { connectionString, schema, user, address: address.href, asUser: asUser.href }
}

const levels = (stdout: string) => stdout.match(/^[✓!✗]/gm)?.join('')

test('doctor examines a store in Postgres: the server, its records, and what replays would miss', async () => {
  const { runtape } = await newProject('empty')
  const { connectionString, schema, address } = await newSchema()
  const doctor = () => runtape(['doctor', '--store', address])
  const before = await doctor()
  expect(before.stdout).toMatch(/✗ Its schema has no tables of Runtape\.\n {2}→ .*runtape migrate/)
  expect(before.code).toBe(1)
  await migratePostgres({ connectionString, schema })
  expect((await doctor()).stdout).toContain('✗ It is empty: it was opened, but nothing was recorded.')
  const store = postgresStore({ connectionString, schema })
  await store.append([
    runEvent({ at: Date.now() }),
    runEvent({ runId: 'a', metric: 'duration', value: 1 }),
    span(),
  ])
  await store.append([runEvent({ runId: 'a', metric: 'duration', value: 2 })])
  await store.close()
  const { code, stdout } = await doctor()
  expect(code).toBe(0)
  expect(stdout).toMatch(
    /✓ The store is postgres:\/\/127\.0\.0\.1:\d+\/postgres \(schema test_\w+\), Postgres 1\d\.\d+\./,
  )
  expect(stdout).toMatch(/✓ [\d,]+ of [\d,]+ connections are open\./)
  expect(stdout).toMatch(/✓ It holds 2 runs and 1 trace in [\d,]+ KiB\./)
  expect(stdout).toContain('! 1 record was rejected, because another value was recorded first')
  expect(stdout).toContain('1 trace looked at for replays')
  expect(stdout).not.toContain('test@')
  const health = await runtape(['health', '--store', address])
  expect(health.stdout).toMatch(/^2 runs, 1 trace, the oldest from .* UTC, [\d,]+ KiB/)
}, 120_000)

test('doctor names the privileges that a user lacks, and reads the store with those of a reader', async () => {
  const { runtape } = await newProject('empty')
  const { connectionString, schema, user, asUser } = await newSchema()
  const store = postgresStore({ connectionString, schema })
  await store.append([runEvent({ at: Date.now() })])
  await store.close()
  const doctor = () => runtape(['doctor', '--store', asUser])
  const refused = await doctor()
  expect(refused.stdout).toContain(`✗ This user lacks USAGE on schema ${schema}`)
  expect(refused.stdout).toContain('docs/deploy.md')
  expect(refused.code).toBe(1)
  await run(
    connectionString,
    `GRANT USAGE ON SCHEMA ${schema} TO ${user}; GRANT SELECT ON ALL TABLES IN SCHEMA ${schema} TO ${user};
     GRANT SELECT ON ALL SEQUENCES IN SCHEMA ${schema} TO ${user}`,
  )
  const reader = await doctor()
  expect(reader.stdout).toMatch(/! This user lacks DELETE on .* and \d+ more\./)
  expect(reader.stdout).toContain('It holds 1 run and 0 traces')
  expect(reader.code).toBe(0)
  for (const words of [['runs'], ['usage'], ['health'], ['usage', '--as-of', '2026-01-01']]) {
    const { code, stderr } = await runtape([...words, '--store', asUser])
    expect([words.join(' '), code, stderr]).toEqual([words.join(' '), 0, ''])
  }
}, 120_000)

test('doctor says that a server cannot be reached, or is read-only, without the password', async () => {
  const { runtape } = await newProject('empty')
  const away = await runtape(['doctor', '--store', 'postgres://user:secret@127.0.0.1:1/app'])
  expect(away.stdout).toMatch(
    /✗ The store postgres:\/\/127\.0\.0\.1:1\/app .* no server accepts connections there/,
  )
  expect(away.stdout).not.toContain('secret')
  expect(away.code).toBe(1)
  const { connectionString, schema, user, asUser } = await newSchema()
  await migratePostgres({ connectionString, schema })
  await run(
    connectionString,
    `GRANT USAGE ON SCHEMA ${schema} TO ${user}; GRANT ALL ON ALL TABLES IN SCHEMA ${schema} TO ${user};
     GRANT ALL ON ALL SEQUENCES IN SCHEMA ${schema} TO ${user}; ALTER ROLE ${user} SET default_transaction_read_only = on`,
  )
  const { stdout } = await runtape(['doctor', '--store', asUser])
  expect(stdout).toContain('! The server is read-only, such as a replica.')
  expect(levels(stdout)).toContain('!')
}, 120_000)
