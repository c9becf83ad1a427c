import type { Database } from '../database/database.ts'

const columns = ['config', 'variation', 'model', 'provider', 'context_kind', 'context_key']

/** Names of contexts that no run uses any more. Call outside a transaction: it may read all rows. */
export function unusedTexts(database: Database, ids: Iterable<number>): number[] {
  const isAnywhere = `? IN (${columns.join(', ')})`
  const isUsed = (id: number) =>
    database.get('SELECT 1 FROM runs WHERE context_key = ?', id) !== undefined ||
    database.get(`SELECT 1 FROM runs WHERE ${isAnywhere} LIMIT 1`, id) !== undefined ||
    database.get('SELECT 1 FROM run_parts WHERE model = ? LIMIT 1', id) !== undefined
  return [...ids].filter(id => id > 1 && !isUsed(id))
}

/** Removes a text, unless an event after `eventId` uses it. Call inside a transaction. */
export function removeText(database: Database, id: number, eventId: number): void {
  const text = database.get<{ text: string }>('SELECT text FROM texts WHERE id = ?', id)?.text
  if (text === undefined) return
  const isBack = database.get(
    `SELECT 1 FROM run_events WHERE id > ? AND
       ? IN (context_key, context_kind, config_key, variation_key, model_name, provider_name, call_model) LIMIT 1`,
    eventId,
    text,
  )
  if (isBack !== undefined) return
  database.run('DELETE FROM texts WHERE id = ?', id)
  database.run('UPDATE run_state SET texts_epoch = texts_epoch + 1')
}
