import type { Step } from '../append/slices.ts'
import type { Database } from '../database/database.ts'

// The last change whose mark of a removal was forgotten. Changes since an earlier one are unknown.
export const changesFloorMigration = `
  CREATE TABLE changes_floor (change_id INTEGER NOT NULL) STRICT;
  INSERT INTO changes_floor VALUES (0);
`

/** How many marks of removals are kept. About 100 bytes each. */
const mostMarks = 100_000

const atOnce = 500

/** Forgets the oldest marks of removals, so that they do not pile up. Who follows the changes has long seen them. */
export function* forgettingMarks(database: Database, most = mostMarks): Generator<Step, void> {
  const floor = database.get<{ id: number }>(
    "SELECT id FROM changes WHERE about_is = 'mark' ORDER BY id DESC LIMIT 1 OFFSET ?",
    most,
  )
  if (floor === undefined) return
  yield { weight: 1, run: () => void database.run('UPDATE changes_floor SET change_id = ?', floor.id) }
  for (let removed = atOnce; removed === atOnce; )
    yield {
      weight: atOnce * 50,
      run: () => {
        removed = database.run(
          `DELETE FROM changes WHERE id IN (
             SELECT id FROM changes WHERE about_is = 'mark' AND id <= ? ORDER BY id LIMIT ${atOnce})`,
          floor.id,
        )
      },
    }
}

/** The last change before which removals are no longer known. */
export const changesFloor = (database: Database): number =>
  database.get<{ change_id: number }>('SELECT change_id FROM changes_floor')?.change_id ?? 0
