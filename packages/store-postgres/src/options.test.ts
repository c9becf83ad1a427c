import { expect, test } from 'vitest'
import { type PostgresStoreOptions, postgresStore } from './index.ts'

const connectionString = 'postgres://user:secret@localhost/app'

const refused: readonly (readonly [options: unknown, message: RegExp])[] = [
  [undefined, /takes an object/],
  [{}, /either connectionString or pool/],
  [{ connectionString, pool: {} }, /either connectionString or pool/],
  [{ connectionString: 'mysql://user:secret@localhost/app' }, /must be a text such as/],
  [{ connectionString: 'postgres://user:se#cr:et@:x/app' }, /not a valid URL/],
  [{ connectionString: 5 }, /must be a text/],
  [{ pool: {} }, /must be a Pool of "pg"/],
  [{ connectionString, schema: 'Other' }, /schema must have/],
  [{ connectionString, schema: 'a"; DROP TABLE b' }, /schema must have/],
  [{ connectionString, schema: 'pg_mine' }, /schema must have/],
  [{ connectionString, schema: '' }, /schema must have/],
  [{ connectionString, migrate: 'no' }, /migrate must be true or false/],
  [{ connectionString, maxConnections: 0 }, /maxConnections must be a whole number/],
  [{ connectionString, connectionTimeoutMs: 1.5 }, /connectionTimeoutMs must be a whole number/],
  [{ connectionString, statementTimeoutMs: -1 }, /statementTimeoutMs must be a whole number/],
  [{ connectionString, answerTimeoutMs: 0 }, /answerTimeoutMs must be a whole number/],
  [{ connectionString, url: 'a' }, /no option "url"/],
]

test.each(refused)('%j is refused, without the password', (options, message) => {
  const open = () => postgresStore(options as PostgresStoreOptions)
  expect(open).toThrow(
    expect.objectContaining({ code: 'invalid-option', message: expect.stringMatching(message) }),
  )
  expect(open).not.toThrow(/secret/)
})

test('a store connects with its first call only, and an unused one closes at once', async () => {
  const store = postgresStore({ connectionString: 'postgres://user@127.0.0.1:1/app' })
  await store.close()
  await expect(store.runs.list()).rejects.toMatchObject({ code: 'store-closed' })
})
