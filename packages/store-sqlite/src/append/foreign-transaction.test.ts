import { DatabaseSync } from 'node:sqlite'
import { runEvent, span } from '@runtape/testing'
import { expect, test } from 'vitest'
import { plainHandle } from '../../test/plain-handle.ts'
import type { SqliteHandle } from '../database/handle.ts'
import { sqliteStore } from '../sqlite-store.ts'

const handles: readonly [string, (database: DatabaseSync) => SqliteHandle][] = [
  ['node:sqlite', database => database],
  ['without a transaction flag', plainHandle],
  [
    'like better-sqlite3',
    database => ({
      ...plainHandle(database),
      get inTransaction() {
        return database.isTransaction
      },
    }),
  ],
]

test.each(handles)(
  'a handle %s in a transaction of the application is refused, and its transaction stays open',
  async (_kind, handleOf) => {
    const database = new DatabaseSync(':memory:')
    const store = sqliteStore(handleOf(database))
    database.exec('CREATE TABLE own (a); BEGIN; INSERT INTO own VALUES (1)')
    const refused = /has an open transaction on this handle\. Commit it first/
    expect(() => store.appendSync([runEvent()])).toThrow(refused)
    expect(() => store.appendSync([runEvent(), span()])).toThrow(refused)
    await expect(store.append([runEvent()])).rejects.toThrow(refused)
    database.exec('COMMIT')
    expect(database.prepare('SELECT COUNT(*) AS n FROM own').get()).toEqual({ n: 1 })
    expect(store.appendSync([runEvent()])).toMatchObject({ accepted: 1 })
    expect((await store.runs.usage())[0]?.runs).toBe(1)
  },
)

test('sqliteStore refuses a handle with an open transaction', () => {
  const database = new DatabaseSync(':memory:')
  database.exec('BEGIN')
  expect(() => sqliteStore(database)).toThrow(/has an open transaction/)
})
