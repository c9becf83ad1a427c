import type { CopiedKind, CopyBatch, CopyOutcome } from '@runtape/core/internal'
import type { Database } from '../../database/database.ts'
import { writeBudgets } from './budgets.ts'
import { writeCohorts } from './cohorts.ts'
import { RecordTarget } from './records.ts'
import { writeClaims, writeReviews } from './reviews.ts'
import { writeItems, writeTestRuns, writeVerdicts } from './test-runs.ts'
import { writeHealth, writeRemovals } from './upkeep.ts'
import { writeViews } from './views.ts'
import type { WriteContext } from './write-context.ts'

type Write<Kind extends CopiedKind> = (
  context: WriteContext,
  entries: CopyBatch<Kind>['entries'],
) => CopyOutcome

/** The part of the store that is filled from another one. */
export class CopyTarget {
  readonly #database: Database
  readonly #writes: { readonly [Kind in CopiedKind]: Write<Kind> }

  constructor(database: Database) {
    this.#database = database
    const records = new RecordTarget(database)
    this.#writes = {
      removals: writeRemovals,
      events: (_, entries) => records.write('events', entries),
      prices: (_, entries) => records.write('prices', entries),
      spans: (_, entries) => records.write('spans', entries),
      'test runs': writeTestRuns,
      items: writeItems,
      verdicts: writeVerdicts,
      reviews: writeReviews,
      claims: writeClaims,
      cohorts: writeCohorts,
      views: writeViews,
      budgets: writeBudgets,
      health: writeHealth,
    }
  }

  positions(source: string): Map<string, string> {
    if (!this.#hasCopies()) return new Map()
    const rows = this.#database.all<{ kind: string; position: string }>(
      'SELECT kind, position FROM copies WHERE source = ?',
      source,
    )
    return new Map(rows.map(({ kind, position }) => [kind, position]))
  }

  otherSources(source: string): number {
    if (!this.#hasCopies()) return 0
    const sql = 'SELECT count(DISTINCT source) AS n FROM copies WHERE source <> ?'
    return this.#database.get<{ n: number }>(sql, source)?.n ?? 0
  }

  write(source: string, batch: CopyBatch): CopyOutcome {
    return this.#database.transaction(() => {
      if (!this.#hasCopies()) this.#create()
      const context = { database: this.#database, source, gone: batch.gone ?? [] }
      const outcome = (this.#writes[batch.kind] as Write<CopiedKind>)(context, batch.entries)
      this.#note(source, batch)
      // A bill may then differ from that of the source.
      if (outcome.conflicts.length > 0) this.#note(source, { kind: 'conflicts', position: 'some' })
      return outcome
    })
  }

  #create(): void {
    this.#database.exec(
      `CREATE TABLE copies (source TEXT NOT NULL, kind TEXT NOT NULL, position TEXT NOT NULL,
         PRIMARY KEY (source, kind)) STRICT, WITHOUT ROWID`,
    )
  }

  /** No part of the schema: only a file into which another store was copied has it. */
  #hasCopies(): boolean {
    return this.#database.get("SELECT 1 FROM sqlite_schema WHERE name = 'copies'") !== undefined
  }

  #note(source: string, { kind, position }: { readonly kind: string; readonly position: string }): void {
    this.#database.run(
      'INSERT OR REPLACE INTO copies (source, kind, position) VALUES (?, ?, ?)',
      source,
      kind,
      position,
    )
  }
}
