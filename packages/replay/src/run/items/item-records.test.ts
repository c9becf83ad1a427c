import { currentFrame, runFrame, runInFrame } from '@runtape/core/internal'
import type { Store } from '@runtape/core/store'
import { memoryStore, runEvent, span } from '@runtape/testing'
import { expect, test } from 'vitest'
import { storeWith } from '../../../test/tape.ts'
import { RecordWriter } from '../../test-run/record-writer.ts'
import { ItemRecords } from './item-records.ts'

function recordsInto(store: Store) {
  const warnings: string[] = []
  const writer = new RecordWriter(store, { warn: message => void warnings.push(message) })
  return { warnings, writer, records: new ItemRecords(writer) }
}

test('all records up to the end are written in one batch, and the spans are passed on', async () => {
  const batches: number[] = []
  const store = memoryStore()
  const counting = storeWith(store, {
    append: async batch => {
      batches.push(batch.length)
      return store.append(batch)
    },
  })
  const { records } = recordsInto(counting)
  const [root, event] = [span(), runEvent()]
  records.append(event)
  records.append(root)
  expect(await records.keep()).toEqual([root])
  expect(batches).toEqual([2])
  expect(await store.traces.get(root.traceId)).toBeDefined()
})

test('records after the end are also written', async () => {
  const store = memoryStore()
  const { records } = recordsInto(store)
  await records.keep()
  const late = span()
  records.append(late)
  await records.flush()
  expect(await store.traces.get(late.traceId)).toBeDefined()
})

test('a store that fails is reported, at the end and later', async () => {
  const failing = storeWith(memoryStore(), { append: async () => Promise.reject(new Error('disk full')) })
  const { records, warnings } = recordsInto(failing)
  records.append(span())
  await records.keep()
  records.append(span())
  await records.close()
  expect(warnings).toEqual(Array(2).fill('1 records of a replay could not be written: disk full'))
})

test('a store that throws synchronously is reported', async () => {
  const throwing = storeWith(memoryStore(), {
    append: () => {
      throw new Error('closed')
    },
  })
  const { records, warnings } = recordsInto(throwing)
  await records.keep()
  expect(() => records.append(span())).not.toThrow()
  await records.flush()
  expect(warnings).toHaveLength(2)
})

test('late records are written outside the frame that made them', async () => {
  const frames: unknown[] = []
  const store = memoryStore()
  const watching = storeWith(store, {
    append: async batch => {
      frames.push(currentFrame())
      return store.append(batch)
    },
  })
  const { records } = recordsInto(watching)
  await records.keep()
  const run = { runId: 'run-1', startCall: () => ({ end: () => {} }) }
  runInFrame(runFrame(undefined, run), () => records.append(span()))
  await records.flush()
  expect(frames).toEqual([undefined, undefined])
})
