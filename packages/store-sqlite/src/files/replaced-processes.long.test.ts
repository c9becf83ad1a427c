import { copyFileSync, readdirSync, renameSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { setTimeout as sleep } from 'node:timers/promises'
import { runEvent } from '@runtape/testing'
import { describe, expect, test, vi } from 'vitest'
import { nextMessage, startChild } from '../../test/children.ts'
import { runsIn } from '../../test/runs-in.ts'
import { scratchDirectory } from '../../test/scratch.ts'
import { sqliteStore } from '../sqlite-store.ts'

const ways: readonly [string, (path: string) => void][] = [
  ['removed', path => rmSync(path)],
  ['moved away', path => renameSync(path, `${path}.away`)],
  ['replaced by a backup', path => renameSync(`${path}.backup`, path)],
  [
    'removed with its log',
    path => {
      for (const suffix of ['', '-wal', '-shm']) rmSync(path + suffix)
    },
  ],
  ['without its log', path => rmSync(`${path}-wal`)],
  ['without the index of its log', path => rmSync(`${path}-shm`)],
]

describe('several processes that write while the file is', () => {
  test.each(ways)(
    '%s lose nothing that was acknowledged later, even one that starts at the same moment',
    async (_way, replace) => {
      const path = join(scratchDirectory(), 'runtape.db')
      const prepared = sqliteStore(path)
      prepared.appendSync([runEvent({ runId: 'first' })])
      await prepared.backup(`${path}.backup`)
      await prepared.close()
      const children = ['one', 'two'].map(name => startChild('following-writer.mjs', [path, name]))
      await Promise.all(children.map(nextMessage))
      await sleep(300)
      const at = Date.now()
      replace(path)
      const late = startChild('following-writer.mjs', [path, 'late'])
      await nextMessage(late)
      await sleep(4000)
      const all = [...children, late]
      const answers = all.map(nextMessage)
      for (const child of all) child.send('stop')
      const acknowledged = (await Promise.all(answers)) as [string, number][][]
      for (const each of acknowledged) expect(each.length).toBeGreaterThan(50)
      const after = acknowledged.flat().filter(([, time]) => time > at)
      const kept = runsIn(path)
      expect(after.map(([runId]) => runId).filter(runId => !kept.includes(runId))).toEqual([])
      expect(new Set(kept).size).toBe(kept.length)
    },
    60_000,
  )
})

test('a log of another file is renamed if no living process would remove it', async () => {
  vi.spyOn(process, 'emitWarning').mockImplementation(() => {})
  const directory = scratchDirectory()
  const path = join(directory, 'runtape.db')
  const store = sqliteStore(path)
  store.appendSync([runEvent({ runId: 'first' })])
  await store.backup(`${path}.backup`)
  await store.close()
  // Another program keeps the old file open.
  const other = new DatabaseSync(path)
  other.exec("CREATE TABLE more (a); INSERT INTO more VALUES ('a'), ('b')")
  copyFileSync(`${path}.backup`, `${path}.new`)
  renameSync(`${path}.new`, path)
  const again = sqliteStore(path)
  again.appendSync([runEvent({ runId: 'second' })])
  expect(runsIn(path)).toEqual(['first', 'second'])
  expect(other.prepare('SELECT count(*) AS n FROM more').get()).toEqual({ n: 2 })
  expect(readdirSync(directory)).toContain('runtape.db-wal.of-replaced-file')
  await again.close()
  other.close()
})
