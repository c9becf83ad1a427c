import { closeSync, copyFileSync, openSync, readFileSync, statSync, writeFileSync, writeSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { RuntapeError } from '@runtape/core'
import { type SqliteStore, sqliteStore } from '@runtape/store-sqlite'
import { expect, test } from 'vitest'
import { scratchDirectory } from './scratch.ts'
import { openDesk, type SupportDesk } from './support-desk.ts'

const pageSize = 4096
const damage = Buffer.alloc(pageSize, 0xab)
const advice = /Move it away/

/** A database with one day of runs, and its number of pages. */
async function fullDatabase(path: string): Promise<number> {
  const store = sqliteStore(path)
  const desk = openDesk(store)
  await desk.answer(100)
  await desk.recorder.close()
  await store.close()
  return statSync(path).size / pageSize
}

function overwrite(path: string, from: number, pages: number): void {
  const file = openSync(path, 'r+')
  for (let page = from; page < from + pages; page++) writeSync(file, damage, 0, pageSize, page * pageSize)
  closeSync(file)
}

/** Opens the store; returns the error message for a file that it refuses. */
function openOrRefuse(path: string): SqliteStore | string {
  try {
    return sqliteStore(path)
  } catch (error) {
    if (RuntapeError.isInstance(error) && error.code === 'store-unusable') return error.message
    throw error
  }
}

/** Restores a page, unless it has been overwritten since. */
function mend(path: string, page: number, original: string): void {
  const file = readFileSync(path)
  const [from, to] = [page * pageSize, (page + 1) * pageSize]
  if (!file.subarray(from, to).equals(damage)) return
  readFileSync(original).copy(file, from, from, to)
  writeFileSync(path, file)
}

/** The runs that were acknowledged and are not in the file. */
function lostBy({ acknowledged }: SupportDesk, path: string): string[] {
  const database = new DatabaseSync(path, { readOnly: true })
  const find = database.prepare("SELECT 1 FROM run_events WHERE run_id = ? AND metric = 'feedback'")
  const lost = acknowledged.filter(runId => find.get(runId) === undefined)
  database.close()
  return lost
}

/** Answers until it must have hit the damage, and returns the problem. */
async function meetDamage(desk: SupportDesk): Promise<boolean> {
  const met = (await desk.answer(30)) < 30
  if (met) expect(desk.warnings.join('\n')).toMatch(advice)
  return met
}

test('a file damaged while closed is refused, or acknowledges only events that it has', async () => {
  const directory = scratchDirectory()
  const original = join(directory, 'runtape.db')
  const pages = await fullDatabase(original)
  const outcomes = { refused: 0, failing: 0, unharmed: 0 }
  for (let page = 0; page < pages; page++) {
    const path = join(directory, `${page}.db`)
    copyFileSync(original, path)
    overwrite(path, page, 1)
    const store = openOrRefuse(path)
    if (typeof store === 'string') {
      expect(store).toMatch(advice)
      outcomes.refused++
      continue
    }
    const desk = openDesk(store)
    outcomes[(await meetDamage(desk)) ? 'failing' : 'unharmed']++
    await desk.recorder.close()
    await store.close()
    expect(lostBy(desk, path)).toEqual([])
  }
  expect(Object.values(outcomes).filter(count => count === 0)).toEqual([])
})

test('a file damaged while open acknowledges only events that it has', async () => {
  const directory = scratchDirectory()
  const original = join(directory, 'runtape.db')
  const pages = await fullDatabase(original)
  let failing = 0
  for (let page = 0; page < pages; page++) {
    const path = join(directory, `${page}.db`)
    copyFileSync(original, path)
    const store = sqliteStore(path)
    const desk = openDesk(store)
    expect(await desk.answer(1)).toBe(1)
    overwrite(path, page, 1)
    if (await meetDamage(desk)) failing++
    await desk.recorder.close()
    await store.close()
    mend(path, page, original)
    expect(lostBy(desk, path)).toEqual([])
  }
  expect(failing).toBeGreaterThan(0)
})

test('a destroyed file accepts nothing more, and the answers continue', async () => {
  const path = join(scratchDirectory(), 'runtape.db')
  const pages = await fullDatabase(path)
  const store = sqliteStore(path)
  const desk = openDesk(store)
  overwrite(path, 0, pages)
  expect(await desk.answer(20)).toBe(0)
  expect(desk.warnings.join('\n')).toMatch(advice)
  expect(desk.recorder.diagnostics().queued.runEvents).toBe(60)
})
