import { DatabaseSync } from 'node:sqlite'
import type { Metric, MetricValue } from '@runtape/core'
import { messageOf } from '@runtape/core/internal'
import { slotOf } from './tries.ts'

/** A row of the tally, read from the file itself. */
export interface Row {
  readonly id: number
  readonly slot: string
  readonly runId: string
  readonly metric: Metric
  readonly value: MetricValue
}

interface RawRow {
  readonly id: number
  readonly run_id: string
  readonly metric: Metric
  readonly value_json: string
}

// After a kill the next process recovers the log, and readers wait for it too.
function openToRead(path: string): DatabaseSync {
  const database = new DatabaseSync(path, { readOnly: true })
  database.exec('PRAGMA busy_timeout = 10000')
  return database
}

/** The rows after `id`, read without an index, which could lack rows. */
export function readRows(path: string, afterId = 0): Row[] {
  const database = openToRead(path)
  try {
    const sql = `SELECT id, run_id, metric, value_json FROM run_events NOT INDEXED
      WHERE id > ? AND replay_trace_id = '' ORDER BY id`
    const rows = database.prepare(sql).all(afterId) as unknown as RawRow[]
    return rows.map(({ id, run_id, metric, value_json }) => {
      const value = JSON.parse(value_json) as MetricValue
      return { id, slot: slotOf(run_id, metric), runId: run_id, metric, value }
    })
  } finally {
    database.close()
  }
}

/** The problems that SQLite finds in the file; none if it is intact. */
export function fileProblems(path: string): string[] {
  const database = openToRead(path)
  try {
    const found = database.prepare('PRAGMA integrity_check').all() as { integrity_check: string }[]
    return found.map(each => each.integrity_check).filter(problem => problem !== 'ok')
  } catch (error) {
    return [messageOf(error)]
  } finally {
    database.close()
  }
}

/** Reads the file while others write to it, and remembers what it saw. */
export class Witness {
  readonly #path: string
  readonly #timer: NodeJS.Timeout
  readonly seen = new Map<number, Row>()
  #lastId = 0

  constructor(path: string) {
    this.#path = path
    this.#timer = setInterval(() => this.look(), 500)
  }

  look(): void {
    for (const row of readRows(this.#path, this.#lastId)) {
      this.seen.set(row.id, row)
      this.#lastId = row.id
    }
  }

  stop(): void {
    clearInterval(this.#timer)
  }
}
