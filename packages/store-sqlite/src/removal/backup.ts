import { closeSync, openSync, rmSync } from 'node:fs'
import { resolve } from 'node:path'
import { messageOf } from '@runtape/core/internal'
import type { Database } from '../database/database.ts'
import { unusable } from '../database/errors.ts'
import { becomeOtherStoreSql } from '../history/store-ids.ts'

/**
 * Copies the database, as of this moment, into a new file that only its owner can read.
 *
 * @throws {RuntapeError} `store-unusable` if the file exists or cannot be created
 */
export function backup(database: Database, path: string): void {
  makeEmpty(path)
  try {
    database.run('VACUUM INTO ?', path)
    becomeOtherStore(database, path)
  } catch (error) {
    rmSync(path, { force: true })
    throw error
  }
}

function becomeOtherStore(database: Database, path: string): void {
  database.run('ATTACH ? AS runtape_copy', resolve(path))
  try {
    for (const sql of becomeOtherStoreSql('runtape_copy')) database.run(sql)
  } finally {
    database.exec('DETACH runtape_copy')
  }
}

/** Creates an empty file for SQLite to write into. Never touches an existing file. */
function makeEmpty(path: string): void {
  try {
    closeSync(openSync(path, 'wx', 0o600))
  } catch (error) {
    const isThere = (error as { code?: unknown }).code === 'EEXIST'
    const reason = isThere ? 'it exists, and is not overwritten. Name a new file' : messageOf(error)
    throw unusable(`"${resolve(path)}"`, reason, error)
  }
}
