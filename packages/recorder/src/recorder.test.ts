import { mkdtempSync, rmSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { RuntapeError, type TapeRecord } from '@runtape/core'
import type { AppendReceipt, Store } from '@runtape/core/store'
import { sqliteStore } from '@runtape/store-sqlite'
import { memoryStore, runEvent, span } from '@runtape/testing'
import { afterEach, describe, expect, test } from 'vitest'
import { createRecorder } from './create-recorder.ts'

const folders: string[] = []
afterEach(() => {
  for (const folder of folders.splice(0)) rmSync(folder, { recursive: true })
})

describe('a run event', () => {
  test('is in the database file before append returns', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'runtape-recorder-'))
    folders.push(folder)
    const path = join(folder, 'tape.db')
    const recorder = createRecorder({ store: sqliteStore(path) })
    const event = runEvent()
    const reader = sqliteStore(path)
    recorder.append(event)
    const run = reader.runs.get(event.runId)
    expect((await run)?.events).toEqual([event])
  })

  test('waits while the store fails, is retried, and arrives once', async () => {
    const store = flakyStore({ failures: 3 })
    const { recorder, warnings } = record(store, { retryBaseMs: 1 })
    const event = runEvent()
    recorder.append(event)
    expect(recorder.diagnostics()).toMatchObject({
      queued: { runEvents: 1 },
      failing: { message: 'disk full' },
    })
    await recorder.flush()
    expect((await store.runs.get(event.runId))?.events).toEqual([event])
    expect(recorder.diagnostics()).toMatchObject({ queued: { runEvents: 0 }, accepted: 1 })
    expect(recorder.diagnostics().failing).toBeUndefined()
    expect(warnings).toEqual(['The store accepts no records: disk full. Records are kept and sent again.'])
  })

  test('is never dropped, however full memory is', async () => {
    const disk = { isFull: true }
    const { recorder } = record(storeOn(disk), { maxSpans: 10, flushAttempts: 1 })
    for (let count = 0; count < 1_000; count++) recorder.append(runEvent())
    expect(recorder.diagnostics().queued.runEvents).toBe(1_000)
    await recorder.flush()
    disk.isFull = false
    await recorder.flush()
    expect(recorder.diagnostics()).toMatchObject({ accepted: 1_000, droppedSpans: 0 })
  })

  test('that comes again is a duplicate; with another value it is a conflict, which is reported and rejected', async () => {
    const { recorder, warnings, store } = record(memoryStore())
    const event = runEvent({ value: 5 })
    recorder.append(event)
    recorder.append({ ...event, at: event.at + 1 })
    recorder.append({ ...event, value: 6 })
    expect(recorder.diagnostics()).toMatchObject({ accepted: 1, duplicates: 1, conflicts: 1 })
    expect(warnings).toEqual([
      `duration of run ${event.runId} is already recorded with another value. The first value stands.`,
    ])
    expect((await store.runs.get(event.runId))?.metrics).toEqual({ duration: 5 })
  })

  test('with an impossible time is kept, with a warning', async () => {
    for (const store of [memoryStore(), sqliteStore(':memory:')]) {
      const { recorder, warnings } = record(store)
      recorder.append(runEvent({ at: 5 }))
      recorder.append(runEvent())
      await recorder.flush()
      expect(recorder.diagnostics().accepted).toBe(2)
      expect(warnings).toHaveLength(1)
      expect(warnings[0]).toContain('has an impossible time')
    }
  })
})

describe('a span', () => {
  test('waits for others and is written with them', async () => {
    const { recorder, batches } = record(memoryStore(), { flushIntervalMs: 5 })
    for (let count = 0; count < 50; count++) recorder.append(span())
    expect(batches).toEqual([])
    await expect.poll(() => batches).toEqual([50])
  })

  test('is written at once when a batch is full', async () => {
    const { recorder, batches } = record(memoryStore(), { batchSize: 10, flushIntervalMs: 60_000 })
    for (let count = 0; count < 30; count++) recorder.append(span())
    await expect.poll(() => batches).toEqual([10, 10, 10])
  })

  test('is dropped oldest first when memory is full, and counted', async () => {
    const { recorder, store } = record(memoryStore(), { maxSpans: 3, flushIntervalMs: 60_000 })
    const spans = Array.from({ length: 5 }, () => span())
    for (const each of spans) recorder.append(each)
    await recorder.flush()
    expect(recorder.diagnostics()).toMatchObject({ droppedSpans: 2, accepted: 3 })
    expect(await store.traces.get(spans[1]?.traceId ?? '')).toBeUndefined()
    expect(await store.traces.get(spans[2]?.traceId ?? '')).toBeDefined()
  })

  test('is dropped, with a warning for the first, tenth and hundredth', () => {
    const { recorder, warnings } = record(memoryStore(), { maxSpans: 1, flushIntervalMs: 60_000 })
    for (let count = 0; count < 150; count++) recorder.append(span())
    expect(warnings.map(each => /full: (\d+) dropped/.exec(each)?.[1])).toEqual(['1', '10', '100'])
  })

  test('larger than the memory limit is kept, and earlier spans are dropped', () => {
    const { recorder } = record(memoryStore(), { maxSpanBytes: 10_000, flushIntervalMs: 60_000 })
    for (let count = 0; count < 5; count++) recorder.append(span())
    recorder.append(span({ output: { json: JSON.stringify('x'.repeat(20_000)) } }))
    expect(recorder.diagnostics()).toMatchObject({ queued: { spans: 1 }, droppedSpans: 5 })
  })

  test('keeps its position when the store fails and it is sent again', async () => {
    const store = flakyStore({ failures: 2 })
    const { recorder, written } = record(store, { batchSize: 2, retryBaseMs: 1 })
    const spans = Array.from({ length: 6 }, () => span())
    for (const each of spans) recorder.append(each)
    await recorder.flush()
    expect(written).toEqual(spans)
  })
})

describe('flush', () => {
  test('gives up on a store that keeps failing, with a warning, and loses nothing', async () => {
    const store = flakyStore({ failures: 2 })
    const { recorder, warnings } = record(store, { flushAttempts: 2, retryBaseMs: 1 })
    recorder.append(span())
    await recorder.flush()
    expect(warnings.at(-1)).toBe(
      'flush() could not write 0 run events and 1 span: disk full. They are kept and sent again.',
    )
    await recorder.flush()
    expect(recorder.diagnostics().accepted).toBe(1)
  })
})

describe('a closed recorder', () => {
  test('has written everything, and refuses more with a warning', async () => {
    const { recorder, warnings } = record(memoryStore())
    recorder.append(span())
    await recorder.close()
    await recorder.close()
    recorder.append(span({ key: 'late' }))
    expect(recorder.diagnostics()).toMatchObject({ accepted: 1, queued: { spans: 0 } })
    expect(warnings).toEqual([
      expect.stringMatching(/^The recorder is closed and does not accept span .* Close it last.$/),
    ])
  })
})

describe('a recorder that is closing', () => {
  test.each(Array.from({ length: 12 }, (_, promises) => promises))(
    'keeps or refuses records: %i promises after the answer of the store',
    async promises => {
      const { appendSync: _, ...remote } = memoryStore()
      const [first, last] = [runEvent(), runEvent()]
      let taken: unknown
      const append: Store['append'] = async records => {
        const receipt = await remote.append(records)
        if (records[0] === first) void afterPromises(promises, () => (taken = recorder.append(last)))
        return receipt
      }
      const { recorder } = record({ ...remote, append })
      recorder.append(first)
      await recorder.close()
      await expect.poll(() => taken).toBeDefined()
      expect(await remote.runs.get(last.runId)).toEqual(taken ? expect.anything() : undefined)
    },
  )
})

async function afterPromises(count: number, work: () => void): Promise<void> {
  for (let at = 0; at < count; at++) await null
  work()
}

test('createRecorder without a store throws, and says what it needs', () => {
  expect(() => createRecorder({} as never)).toThrow(RuntapeError)
  expect(() => createRecorder({} as never)).toThrow('createRecorder needs a store')
  expect(createRecorder as () => unknown).toThrow('createRecorder needs a store')
  const recorder = createRecorder({ store: memoryStore() })
  const given = { store: recorder as never }
  expect(() => createRecorder(given)).toThrow('createRecorder was given a recorder in place of a store')
})

type Limits = Omit<Parameters<typeof createRecorder>[0], 'store' | 'logger'>

/** A recorder whose store records what it receives. */
function record(store: Store, limits: Limits = {}) {
  const warnings: string[] = []
  const batches: number[] = []
  const written: TapeRecord[] = []
  const watched: Store = {
    ...store,
    append: async records => {
      const receipt = await store.append(records)
      batches.push(records.length)
      written.push(...records)
      return receipt
    },
  }
  const recorder = createRecorder({
    store: watched,
    logger: { warn: message => warnings.push(message) },
    ...limits,
  })
  return { recorder, warnings, batches, written, store }
}

/** A store that fails a number of times before it works. */
function flakyStore({ failures }: { failures: number }): Store {
  let left = failures
  return storeOn({
    get isFull() {
      return left-- > 0
    },
  })
}

/** A store that fails while its disk is full. */
function storeOn(disk: { readonly isFull: boolean }): Store {
  const store = memoryStore()
  const orFail = <T>(append: () => T): T => {
    if (disk.isFull) throw new Error('disk full')
    return append()
  }
  return {
    ...store,
    append: async records => orFail(() => store.append(records)),
    appendSync: (records): AppendReceipt => orFail(() => store.appendSync?.(records) as AppendReceipt),
  }
}
