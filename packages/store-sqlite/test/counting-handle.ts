import type { DatabaseSync } from 'node:sqlite'
import type { SqliteHandle, SqlValue } from '../src/database/handle.ts'

/** Counts the rows that a handle reads between two turns of the event loop. */
export function countingHandle(database: DatabaseSync) {
  let [rows, most] = [0, 0]
  const turn = () => {
    most = Math.max(most, rows)
    rows = 0
  }
  const handle: SqliteHandle = {
    exec: sql => database.exec(sql),
    close: () => database.close(),
    prepare: sql => {
      const statement = database.prepare(sql)
      return {
        run: (...params: SqlValue[]) => statement.run(...params),
        get: (...params: SqlValue[]) => statement.get(...params),
        all: (...params: SqlValue[]) => {
          const found = statement.all(...params)
          rows += found.length
          return found
        },
      }
    },
  }
  const forget = () => {
    rows = 0
    most = 0
  }
  return { handle, turn, forget, most: () => most }
}

/** Number of event loop turns until the promise is settled. Calls `each` in every turn. */
export async function untilDone<T>(
  promise: Promise<T>,
  each: (turn: number) => unknown,
): Promise<[T, number]> {
  let isDone = false
  const done = promise.finally(() => {
    isDone = true
  })
  let turns = 0
  for (; !isDone; turns++) {
    await new Promise(setImmediate)
    if (!isDone) await each(turns)
  }
  return [await done, turns]
}
