// Stock in SQLite through Kysely: the repository's queries are traced.
import { DatabaseSync } from 'node:sqlite'
import { registerCodec, traced } from '@runtape/trace'
import { CompiledQuery, InsertResult, Kysely, type SqliteDatabase, SqliteDialect, sql } from 'kysely'
import type { Application } from '../support/application.ts'
import { changing } from '../support/changing.ts'
import { effect } from '../support/effects.ts'

interface Tables {
  stock: { sku: string; count: number; note: string | null }
}

// Kysely requires the driver's interface; node:sqlite has all of it except `reader`.
function openDatabase(): SqliteDatabase {
  const database = new DatabaseSync(':memory:')
  return {
    close: () => database.close(),
    prepare: text => {
      const statement = database.prepare(text)
      const reader = /^\s*select|returning/i.test(text)
      return {
        reader,
        all: parameters => statement.all(...(parameters as never[])),
        run: parameters => {
          const { changes, lastInsertRowid } = statement.run(...(parameters as never[]))
          return { changes: BigInt(changes), lastInsertRowid: BigInt(lastInsertRowid) }
        },
        iterate: parameters => statement.iterate(...(parameters as never[])),
      }
    },
  }
}

// Kysely returns the result of an insert as a class instance.
registerCodec({
  name: 'kysely.insert-result',
  class: InsertResult,
  encode: ({ insertId, numInsertedOrUpdatedRows }) => ({ insertId, numInsertedOrUpdatedRows }),
  decode: ({ insertId, numInsertedOrUpdatedRows }) => new InsertResult(insertId, numInsertedOrUpdatedRows),
})

const db = new Kysely<Tables>({ dialect: new SqliteDialect({ database: async () => openDatabase() }) })
const ready = db.executeQuery(
  CompiledQuery.raw('CREATE TABLE stock (sku TEXT PRIMARY KEY, count INTEGER, note TEXT)'),
)
const settings = { least: 2 }

const addStock = traced('stock.add', { mockOnReplay: true }, async (sku: string, count: number) => {
  effect('stock add')
  await ready
  return db
    .insertInto('stock')
    .values({ sku, count, note: null })
    .onConflict(conflict => conflict.column('sku').doUpdateSet({ count: sql`stock.count + ${count}` }))
    .executeTakeFirst()
})

const lowStock = traced('stock.low', { mockOnReplay: true }, async (least: number) => {
  effect('stock low')
  return db.selectFrom('stock').selectAll().where('count', '<', least).orderBy('sku').execute()
})

const deliver = traced('stock.deliver', async (parcels: readonly (readonly [string, number])[]) => {
  const results = []
  for (const [sku, count] of parcels) results.push(await addStock(sku, count))
  return { rows: results.map(result => result.numInsertedOrUpdatedRows), low: await lowStock(settings.least) }
})

export const application: Application = {
  name: 'stock in SQLite through Kysely',
  entry: deliver,
  inputs: [
    [
      [
        ['K-1', 1],
        ['K-2', 5],
        ['K-1', 4],
      ],
    ],
    [[['T-1', 1]]],
  ],
  change: {
    make: changing(settings, { least: 9 }),
    reports: { outcome: 'same', drifted: ['stock.low'], changed: ['stock.low'] },
  },
  close: () => db.destroy(),
}
