import type { ChildProcess } from 'node:child_process'
import { join } from 'node:path'
import { sqliteOutbox, sqliteStore } from '@runtape/store-sqlite'
import { memoryStore } from '@runtape/testing'
import { expect, test } from 'vitest'
import { readRows } from '../src/tape-file.ts'
import { endOf, messageOf, startChild } from './child.ts'
import { scratchDirectory } from './scratch.ts'
import { openDesk } from './support-desk.ts'

async function holdLock(path: string): Promise<ChildProcess> {
  const holder = startChild('hold-lock.ts', [path])
  await messageOf(holder)
  return holder
}

async function letGo(holder: ChildProcess): Promise<void> {
  holder.send('let go')
  await endOf(holder)
}

test('a locked database: answers continue, and unacknowledged events arrive later', async () => {
  const path = join(scratchDirectory(), 'runtape.db')
  const store = sqliteStore(path, { busyTimeoutMs: 30 })
  const desk = openDesk(store)
  const holder = await holdLock(path)
  expect(await desk.answer(3)).toBe(0)
  expect(desk.warnings.join('\n')).toContain(
    'another process keeps it locked. End the transaction that it holds',
  )
  const tracker = desk.newTracker()
  expect(tracker.trackDuration(5)).toBe(false)

  await letGo(holder)
  await desk.recorder.flush()
  expect(tracker.trackDuration(5)).toBe(true)
  await desk.recorder.close()
  expect(readRows(path).filter(row => row.metric === 'feedback')).toHaveLength(3)
  expect(readRows(path).filter(row => row.runId === tracker.runId)).toHaveLength(1)
})

test('a database that stays locked delays the application once, not at every metric', async () => {
  const path = join(scratchDirectory(), 'runtape.db')
  const desk = openDesk(sqliteStore(path, { busyTimeoutMs: 500 }))
  const holder = await holdLock(path)
  const started = performance.now()
  expect(await desk.answer(20)).toBe(0)
  expect(performance.now() - started).toBeLessThan(2_000)
  await letGo(holder)
  await desk.recorder.flush()
  expect(await desk.answer(1)).toBe(1)
  expect(readRows(path).filter(row => row.metric === 'feedback')).toHaveLength(21)
})

test('the store waits for a lock that is shorter than the busy timeout', async () => {
  const path = join(scratchDirectory(), 'runtape.db')
  const desk = openDesk(sqliteStore(path))
  const holder = await holdLock(path)
  holder.send('let go')
  expect(await desk.answer(1)).toBe(1)
  await endOf(holder)
})

test('a locked outbox: the event waits in memory, unacknowledged, and arrives later', async () => {
  const path = join(scratchDirectory(), 'outbox.db')
  const { appendSync: _, ...remote } = memoryStore()
  const desk = openDesk(remote, sqliteOutbox(path, { busyTimeoutMs: 30 }))
  const holder = await holdLock(path)
  expect(await desk.answer(2)).toBe(0)
  expect(desk.warnings.join('\n')).toContain('another process keeps it locked')
  await desk.recorder.flush()
  expect((await remote.runs.usage())[0]).toMatchObject({ runs: 2, positive: 2 })
  await letGo(holder)
})
