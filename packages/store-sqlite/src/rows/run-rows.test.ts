import { DatabaseSync, type StatementSync } from 'node:sqlite'
import { runEvent, testTime } from '@runtape/testing'
import { expect, test } from 'vitest'
import { sqliteStore } from '../sqlite-store.ts'

/** A database on a disk where each commit takes `commitMs`. */
class SlowDatabase extends DatabaseSync {
  commitMs = 0
  /** The last event in the rows after each step. */
  readonly steps: number[] = []

  override exec(sql: string): void {
    const end = performance.now() + (sql === 'COMMIT' ? this.commitMs : 0)
    while (performance.now() < end);
    super.exec(sql)
  }

  override prepare(sql: string): StatementSync {
    const statement = super.prepare(sql)
    if (!sql.startsWith('UPDATE run_state SET event_id')) return statement
    const run = statement.run.bind(statement)
    return Object.assign(statement, {
      run: (...params: [number, number]) => {
        this.steps.push(params[0])
        return run(...params)
      },
    })
  }
}

async function eventsOfSteps(commitMs: number): Promise<number[]> {
  const database = new SlowDatabase(':memory:')
  const store = sqliteStore(database)
  const events = Array.from({ length: 640 }, (_, index) => runEvent({ runId: `run-${index}`, at: testTime }))
  store.appendSync(events)
  database.commitMs = commitMs
  await store.revision()
  await store.close()
  return database.steps.map((last, index) => last - (database.steps[index - 1] ?? 0))
}

test('a step handles fewer events after a transaction that held the lock for a long time', async () => {
  const steps = await eventsOfSteps(5)
  expect(steps[0]).toBe(64)
  expect(steps.slice(-3, -1)).toEqual([32, 32])
  expect(steps.reduce((sum, events) => sum + events, 0)).toBe(640)
})
