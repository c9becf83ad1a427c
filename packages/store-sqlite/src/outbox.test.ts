import { join } from 'node:path'
import { runEvent } from '@runtape/testing'
import { describe, expect, onTestFinished, test, vi } from 'vitest'
import { scratchDirectory } from '../test/scratch.ts'
import { sqliteOutbox } from './outbox.ts'
import { sqliteStore } from './sqlite-store.ts'

describe('an outbox', () => {
  test('leases the oldest events first, unchanged, to one holder at a time', () => {
    const path = join(scratchDirectory(), 'outbox.db')
    const [mine, theirs] = [sqliteOutbox(path), sqliteOutbox(path)]
    const events = Array.from({ length: 5 }, () => runEvent())
    mine.put(events.slice(0, 4))
    mine.put(events.slice(4))
    const first = mine.lease(2, 60_000)
    const second = theirs.lease(10, 60_000)
    expect(first.map(({ event }) => event)).toEqual(events.slice(0, 2))
    expect(second.map(({ event }) => event)).toEqual(events.slice(2))
    expect(mine.lease(10, 60_000)).toEqual([])
    expect(mine.size()).toBe(5)
  })

  test('deletes acknowledged events, and leases released ones again', () => {
    const outbox = sqliteOutbox(':memory:')
    outbox.put([runEvent({ runId: 'kept' }), runEvent({ runId: 'sent' })])
    const [kept, sent] = outbox.lease(2, 60_000)
    outbox.acknowledge([sent?.id ?? 0])
    outbox.release([kept?.id ?? 0])
    expect(outbox.lease(2, 60_000).map(({ event }) => event.runId)).toEqual(['kept'])
    expect(outbox.size()).toBe(1)
  })

  test('leases events again if the holder did not settle them before the lease expired', async () => {
    const outbox = sqliteOutbox(':memory:')
    outbox.put([runEvent()])
    expect(outbox.lease(1, 20)).toHaveLength(1)
    expect(outbox.lease(1, 20)).toHaveLength(0)
    await expect.poll(() => outbox.lease(1, 20).length).toBe(1)
  })

  test('leases events again if the clock was set back by a day', () => {
    const now = Date.now()
    vi.useFakeTimers({ now, toFake: ['Date'] })
    onTestFinished(() => void vi.useRealTimers())
    const outbox = sqliteOutbox(':memory:')
    outbox.put([runEvent()])
    expect(outbox.lease(1, 60_000)).toHaveLength(1)
    expect(outbox.lease(1, 60_000)).toHaveLength(0)
    vi.setSystemTime(now - 86_400_000)
    expect(outbox.lease(1, 60_000)).toHaveLength(1)
    expect(outbox.lease(1, 60_000)).toHaveLength(0)
  })

  test('is still there after it was closed and opened again', () => {
    const path = join(scratchDirectory(), 'outbox.db')
    const outbox = sqliteOutbox(path)
    outbox.put([runEvent({ runId: 'waiting' })])
    outbox.close()
    expect(() => outbox.put([runEvent()])).toThrow('was closed')
    const again = sqliteOutbox(path)
    expect(again.lease(1, 1_000).map(({ event }) => event.runId)).toEqual(['waiting'])
    again.close()
  })

  test('can be in the file of a store', async () => {
    const path = join(scratchDirectory(), 'runtape.db')
    const outbox = sqliteOutbox(path)
    const store = sqliteStore(path)
    outbox.put([runEvent()])
    expect((await store.runs.list()).items).toEqual([])
    expect(outbox.size()).toBe(1)
  })
})
