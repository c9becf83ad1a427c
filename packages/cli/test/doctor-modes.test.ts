import { chmodSync, mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { sqliteStore } from '@runtape/store-sqlite'
import { expect, onTestFinished, test } from 'vitest'
import { examineDatabase } from '../src/doctor/examine-database.ts'

test.each([
  [0o600, false],
  [0o644, true],
  [0o640, true],
])('the doctor warns about others’ read access for mode %o: %s', async (mode, isSaid) => {
  const directory = mkdtempSync(join(tmpdir(), 'runtape-doctor-'))
  onTestFinished(() => rmSync(directory, { recursive: true, force: true }))
  const path = join(directory, 'runtape.db')
  await sqliteStore(path).close()
  chmodSync(path, mode)
  const said = examineDatabase(path, Date.now()).map(({ what, next }) => `${what} ${next}`)
  expect(said.some(each => each.includes('be able to read') && each.includes('chmod 600'))).toBe(isSaid)
})
