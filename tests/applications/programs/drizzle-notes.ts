// Notes in SQLite through Drizzle, whose queries are lazy thenables: one that is not awaited does not run.
import { DatabaseSync } from 'node:sqlite'
import { traced } from '@runtape/trace'
import { desc, eq } from 'drizzle-orm'
import { integer, sqliteTable, text } from 'drizzle-orm/sqlite-core'
import { drizzle } from 'drizzle-orm/sqlite-proxy'
import type { Application } from '../support/application.ts'
import { changing } from '../support/changing.ts'
import { effect } from '../support/effects.ts'

const notes = sqliteTable('notes', {
  id: integer('id').primaryKey({ autoIncrement: true }),
  author: text('author').notNull(),
  body: text('body').notNull(),
})

const database = new DatabaseSync(':memory:')
database.exec('CREATE TABLE notes (id INTEGER PRIMARY KEY AUTOINCREMENT, author TEXT, body TEXT)')

const db = drizzle(async (query, parameters, method) => {
  effect('notes query')
  const statement = database.prepare(query)
  if (method === 'run') {
    statement.run(...parameters)
    return { rows: [] }
  }
  const rows = statement.all(...parameters).map(row => Object.values(row))
  return { rows: method === 'get' ? (rows[0] ?? []) : rows }
})

const settings = { limit: 5 }

const insertNote = traced('notes.insert', { mockOnReplay: true }, (author: string, body: string) =>
  db.insert(notes).values({ author, body }).returning(),
)

const notesOf = traced('notes.of', { mockOnReplay: true }, (author: string, limit: number) =>
  db.select().from(notes).where(eq(notes.author, author)).orderBy(desc(notes.id)).limit(limit),
)

const write = traced('notes.write', async (author: string, bodies: readonly string[]) => {
  const written = []
  for (const body of bodies) written.push(...(await insertNote(author, body)))
  const latest = await notesOf(author, settings.limit)
  return { written: written.length, latest: latest.map(({ body }) => body) }
})

export const application: Application = {
  name: 'notes in SQLite through Drizzle',
  entry: write,
  inputs: [
    ['Ada', ['tea', 'kettle', 'pot']],
    ['Bo', ['cup']],
  ],
  change: {
    make: changing(settings, { limit: 1 }),
    reports: { outcome: 'same', drifted: ['notes.of'], changed: ['notes.of'] },
  },
}
