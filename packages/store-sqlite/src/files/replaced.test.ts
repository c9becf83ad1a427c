import { once } from 'node:events'
import {
  chmodSync,
  mkdirSync,
  readFileSync,
  renameSync,
  rmSync,
  symlinkSync,
  truncateSync,
  writeFileSync,
} from 'node:fs'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import type { RunEvent } from '@runtape/core'
import { newRunId } from '@runtape/core/internal'
import { payload, runEvent, span } from '@runtape/testing'
import { afterEach, beforeEach, describe, expect, onTestFinished, test, vi } from 'vitest'
import { nextMessage, startChild } from '../../test/children.ts'
import { runsIn } from '../../test/runs-in.ts'
import { asOrdinaryUser, scratchDirectory } from '../../test/scratch.ts'
import { sqliteStore } from '../sqlite-store.ts'
import type { SqliteStore } from '../store-in-sqlite.ts'

const event = (runId = newRunId()): RunEvent => runEvent({ runId })

const said = () => vi.mocked(process.emitWarning).mock.calls.map(([warning]) => String(warning))

beforeEach(() => void vi.spyOn(process, 'emitWarning').mockImplementation(() => {}))
afterEach(() => void vi.restoreAllMocks())

function open(path: string): SqliteStore {
  const store = sqliteStore(path)
  onTestFinished(() => store.close())
  return store
}

/** Resolves after a check has found the file unchanged. */
const seen = () => sleep(120)

const append = (store: SqliteStore, count: number): string[] =>
  Array.from({ length: count }, () => {
    const record = event()
    expect(store.appendSync([record])).toMatchObject({ accepted: 1 })
    return record.runId
  })

interface Folder {
  readonly folder: string
  readonly path: string
}

const ways: readonly [string, (place: Folder) => void][] = [
  ['the file is removed', ({ path }) => rmSync(path)],
  ['the file is moved away', ({ path }) => renameSync(path, `${path}.1`)],
  [
    'the file and its log are removed',
    ({ path }) => {
      for (const suffix of ['', '-wal', '-shm']) rmSync(path + suffix)
    },
  ],
  ['the folder is removed', ({ folder }) => rmSync(folder, { recursive: true })],
  [
    'the folder is replaced',
    ({ folder }) => {
      renameSync(folder, `${folder}-old`)
      mkdirSync(folder)
    },
  ],
  [
    'an empty file replaces it',
    ({ path }) => {
      writeFileSync(`${path}.new`, '')
      renameSync(`${path}.new`, path)
    },
  ],
]

describe.each(ways)('when %s', (_way, replace) => {
  const place = (): Folder => {
    const folder = join(scratchDirectory(), 'data')
    return { folder, path: join(folder, 'runtape.db') }
  }

  test('later acknowledged records are in the file at the path, once, with a warning', async () => {
    const { folder, path } = place()
    const store = open(path)
    append(store, 20)
    await seen()
    replace({ folder, path })
    const acknowledged = append(store, 427)
    await seen()
    expect(runsIn(path)).toEqual(acknowledged)
    expect((await store.runs.usage())[0]?.runs).toBe(427)
    expect(said().join('\n')).toMatch(/runtape\.db" was re(moved|placed) while it was open\. \d+ records/)
    expect(store.diagnostics().notes).toHaveLength(1)
  })

  test('a process that only reads continues with the file at the path', async () => {
    const { folder, path } = place()
    const [reader, writer] = [open(path), open(path)]
    append(writer, 3)
    expect((await reader.runs.usage())[0]?.runs).toBe(3)
    await seen()
    replace({ folder, path })
    append(writer, 2)
    await seen()
    expect((await reader.runs.list()).items).toHaveLength(2)
  })

  test('a file that is no longer used is not created again', async () => {
    const { folder, path } = place()
    const store = open(path)
    append(store, 3)
    await seen()
    replace({ folder, path })
    await sleep(700)
    expect(said().filter(warning => warning.includes('was removed'))).toEqual([])
  })
})

describe('a backup that is moved over the file', () => {
  const withBackup = async () => {
    const folder = scratchDirectory()
    const [path, backup] = [join(folder, 'runtape.db'), join(folder, 'backup.db')]
    const store = open(path)
    const before = append(store, 30)
    await store.backup(backup)
    const after = append(store, 500)
    await seen()
    return { path, backup, store, before, after }
  }

  test('is complete with later acknowledged records; the old log is not applied to it', async () => {
    const { path, backup, store, before } = await withBackup()
    renameSync(backup, path)
    const acknowledged = append(store, 300)
    await store.append(Array.from({ length: 100 }, () => span({ output: payload('x'.repeat(5000)) })))
    await seen()
    expect(runsIn(path)).toEqual([...before, ...acknowledged])
    expect((await store.traces.list({ limit: 200 })).items).toHaveLength(100)
  })

  test('has later duplicates and conflicts too, with the first value', async () => {
    for (let isSeenBefore = true; isSeenBefore; ) {
      const { path, backup, store, after } = await withBackup()
      const [first = '', second = '', other = ''] = after
      await seen()
      // The check of this write is the last one before, unless the machine is busy: then there is nothing to copy.
      append(store, 1)
      renameSync(backup, path)
      const receipt = store.appendSync([event(first), { ...event(second), value: 9999 }])
      isSeenBefore = receipt.accepted > 0
      if (isSeenBefore) continue
      expect(receipt).toMatchObject({ duplicates: 1, conflicts: 1 })
      await seen()
      expect(runsIn(path)).toEqual(expect.arrayContaining([first, second]))
      expect(runsIn(path)).not.toContain(other)
      expect((await store.runs.get(second))?.metrics).toEqual({ duration: event().value })
    }
  })

  test('has the prices that arrived later', async () => {
    const { path, backup, store } = await withBackup()
    const tokens = runEvent({ metric: 'tokens', value: { input: 1, output: 1, total: 2 } })
    store.appendSync([tokens])
    await seen()
    append(store, 1)
    renameSync(backup, path)
    store.appendSync([{ ...tokens, cost: { nanoUsd: 5, priceList: 'p' } }])
    await seen()
    expect((await store.runs.get(tokens.runId))?.events).toMatchObject([{ cost: { nanoUsd: 5 } }])
  })

  test('has later test runs and verdicts, and records that were set aside later', async () => {
    const { path, backup, store } = await withBackup()
    await seen()
    append(store, 1)
    const early = await store.testRuns.start({ key: 'k', sourceTraceIds: [] })
    renameSync(backup, path)
    const { testRunId } = await store.testRuns.start({ key: 'k', sourceTraceIds: ['t'] })
    await store.testRuns.putVerdict(testRunId, 't', { pass: true, by: 'ada' })
    await store.testRuns.complete(early.testRunId)
    // `put` does not wait for the lock, which the worker may have.
    await vi.waitFor(() => store.setAside.put(event('apart'), 'for a test'))
    await seen()
    expect(store.setAside.list()).toMatchObject([{ reason: 'for a test' }])
    expect(await store.testRuns.get(testRunId)).toMatchObject({ verdicts: { t: { pass: true, by: 'ada' } } })
    expect(await store.testRuns.get(early.testRunId)).toMatchObject({ status: 'completed' })
  })

  test('does not bring back what was erased after it was made, by late or copied records', async () => {
    const { path, backup, store } = await withBackup()
    const person = { kind: 'user', key: 'ada' }
    const mine = { ...event('of-ada'), context: person }
    store.appendSync([mine])
    await store.erase({ context: person })
    await seen()
    append(store, 1)
    renameSync(backup, path)
    expect(store.appendSync([mine])).toMatchObject({ duplicates: 1 })
    await seen()
    expect(store.appendSync([mine])).toMatchObject({ duplicates: 1 })
    expect(runsIn(path)).not.toContain('of-ada')
    expect(said().join('\n')).toContain('erase it again')
  })

  test('is pruned and erased by a removal in progress', async () => {
    const { path, backup, store, before } = await withBackup()
    const pruning = store.prune({ runs: { before: Date.now() + 60_000 } })
    const erasing = store.erase({ runId: before[0] ?? '' })
    await sleep(5)
    renameSync(backup, path)
    append(store, 100)
    await Promise.all([pruning, erasing])
    expect(runsIn(path)).not.toContain(before[0])
    expect((await store.runs.usage())[0]?.runs ?? 0).toBe(runsIn(path).filter(runId => runId !== '').length)
  })

  test('stays untouched if it is not a Runtape database: nothing is accepted until it is replaced', async () => {
    const { path, store } = await withBackup()
    writeFileSync(`${path}.new`, 'a letter to Ada '.repeat(500))
    append(store, 1)
    renameSync(`${path}.new`, path)
    await seen()
    expect(() => store.appendSync([event()])).toThrow('not an SQLite database')
    await expect(store.runs.usage()).rejects.toThrow('not an SQLite database')
    expect(readFileSync(path, 'utf8')).toMatch(/^a letter/)
    rmSync(path)
    const acknowledged = append(store, 3)
    expect(runsIn(path)).toEqual(expect.arrayContaining(acknowledged))
  })
})

test('a file that was moved away is complete', async () => {
  const path = join(scratchDirectory(), 'runtape.db')
  const store = open(path)
  const acknowledged = append(store, 100)
  await seen()
  renameSync(path, `${path}.1`)
  append(store, 10)
  await seen()
  expect(runsIn(`${path}.1`).slice(0, 100)).toEqual(acknowledged)
})

test('a file that became read-only, in a directory that is not readable, stays in use', async () => {
  const path = join(scratchDirectory(), 'runtape.db')
  const store = open(path)
  append(store, 1)
  chmodSync(path, 0o400)
  asOrdinaryUser(() => append(store, 200))
  await seen()
  append(store, 1)
  expect(runsIn(path)).toHaveLength(202)
  expect(said()).toEqual([])
})

test('the last writes before a process ends are in the file at the path', async () => {
  const path = join(scratchDirectory(), 'runtape.db')
  const child = startChild('write-and-exit.mjs', [path])
  const acknowledged = await nextMessage(child)
  if (child.exitCode === null) await once(child, 'exit')
  expect(runsIn(path)).toEqual(acknowledged)
})

test('a link that a deployment switches leads to the new file, and the old one keeps its records', async () => {
  const folder = scratchDirectory()
  for (const release of ['one', 'two']) mkdirSync(join(folder, release))
  const link = join(folder, 'current')
  symlinkSync('one', link)
  const path = join(link, 'runtape.db')
  const store = open(path)
  const first = append(store, 10)
  await seen()
  symlinkSync('two', `${link}.new`)
  renameSync(`${link}.new`, link)
  const second = append(store, 10)
  await seen()
  expect(runsIn(join(folder, 'two', 'runtape.db'))).toEqual(second)
  expect(runsIn(join(folder, 'one', 'runtape.db')).slice(0, 10)).toEqual(first)
})

test('an emptied file is abandoned after a moment, and nothing is acknowledged meanwhile', async () => {
  const path = join(scratchDirectory(), 'runtape.db')
  const store = open(path)
  append(store, 200)
  await store.vacuum()
  await seen()
  truncateSync(path)
  await sleep(60)
  const acknowledged: string[] = []
  for (let turn = 0; turn < 40; turn++) {
    const record = event()
    try {
      store.appendSync([record])
      acknowledged.push(record.runId)
    } catch (error) {
      expect(String(error)).toMatch('the file was emptied')
    }
    await sleep(30)
  }
  expect(acknowledged.length).toBeGreaterThan(10)
  expect(runsIn(path)).toEqual(expect.arrayContaining(acknowledged))
})

describe.each([
  ['-wal', ['-wal']],
  ['-shm', ['-shm']],
  ['-wal and -shm', ['-wal', '-shm']],
])('when %s is removed', (_name, suffixes) => {
  test('no record is lost, and another process finds all of them', async () => {
    const path = join(scratchDirectory(), 'runtape.db')
    const store = open(path)
    const acknowledged = append(store, 50)
    await seen()
    for (const suffix of suffixes) rmSync(path + suffix)
    acknowledged.push(...append(store, 50))
    await seen()
    acknowledged.push(...append(store, 50))
    expect(runsIn(path)).toEqual(acknowledged)
    expect(said().join('\n')).toMatch('was removed while it was open, and was created again')
  })

  test('two processes that have it open continue after a moment in which they accept nothing', async () => {
    const path = join(scratchDirectory(), 'runtape.db')
    const stores = [open(path), open(path)]
    const acknowledged = stores.flatMap(store => append(store, 50))
    await seen()
    for (const suffix of suffixes) rmSync(path + suffix)
    let refused = 0
    for (let turn = 0; turn < 150; turn++) {
      for (const store of stores) {
        const record = event()
        try {
          store.appendSync([record])
          acknowledged.push(record.runId)
        } catch (error) {
          refused++
          expect(String(error)).toMatch('its log was removed')
        }
      }
      await sleep(20)
    }
    expect(refused).toBeLessThan(290)
    expect(runsIn(path).sort()).toEqual(acknowledged.sort())
  }, 20_000)
})
