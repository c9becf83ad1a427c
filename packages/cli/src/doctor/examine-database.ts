import { accessSync, constants, statSync } from 'node:fs'
import { dirname, resolve } from 'node:path'
import { messageOf } from '@runtape/core/internal'
import { inspectSqlite, type SqliteInspection } from '@runtape/store-sqlite'
import { showCount } from '../terminal/show.ts'
import { examineRecords } from './examine-records.ts'
import { findDatabases } from './find-databases.ts'
import { type Finding, fine, note, problem } from './finding.ts'

/** Findings about the database at a path. */
export function examineDatabase(path: string, now: number): Finding[] {
  const found = statSync(path, { throwIfNoEntry: false })
  if (!found) return [missing(path)]
  if (found.isDirectory())
    return [note(`${path} is a folder, perhaps of tape files.`, 'Name the database: --store runtape.db.')]
  let inspection: SqliteInspection
  try {
    inspection = inspectSqlite(path)
  } catch (error) {
    return [problem(messageOf(error), 'Then run this again.')]
  }
  const size = `${showCount(Math.ceil(found.size / 1024))} KiB`
  return [
    fine(`The database is ${resolve(path)}, ${size}.`),
    ...writable(path),
    ...readByOthers(path, found.mode),
    ...examineRecords(inspection, now),
  ]
}

function missing(path: string): Finding {
  const others = findDatabases('.')
  const elsewhere =
    others.length > 0
      ? `There is one of Runtape's at ${others.join(', ')}: pass it with --store.`
      : `The application creates it at startup: createRecorder({ store: sqliteStore('${path}') }). The path is relative to the application's working directory.`
  return problem(`There is no database at ${resolve(path)}.`, elsewhere)
}

/** New files are private; files made by an older version keep their mode. */
function readByOthers(path: string, mode: number): Finding[] {
  // Windows has no such file modes.
  if (process.platform === 'win32' || (mode & 0o077) === 0) return []
  const what = `Other users of this machine may be able to read ${path}: its mode is ${(mode & 0o777).toString(8)}.`
  return [note(what, `If this is not intended: chmod 600 ${path}*`)]
}

function writable(path: string): Finding[] {
  try {
    accessSync(path, constants.R_OK | constants.W_OK)
    accessSync(dirname(resolve(path)), constants.W_OK)
    return []
  } catch {
    const advice =
      "Allow the application's user to write to the file and to its folder, where SQLite keeps its log."
    return [problem(`This user may not write to ${path} or to its folder.`, advice)]
  }
}
