import type { DatabaseSync } from 'node:sqlite'
import type { SqliteHandle } from '../src/database/handle.ts'

/** A handle with only the methods that better-sqlite3 has too, and with its way of counting. */
export function plainHandle(database: DatabaseSync): SqliteHandle {
  return {
    name: 'elsewhere.db',
    exec: sql => database.exec(sql),
    close: () => database.close(),
    prepare: sql => {
      const statement = database.prepare(sql)
      return {
        run: (...params) => ({ changes: Number(statement.run(...params).changes) }),
        get: (...params) => statement.get(...params),
        all: (...params) => statement.all(...params),
      }
    },
  }
}
