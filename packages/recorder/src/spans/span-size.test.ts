import { memoryStore, span } from '@runtape/testing'
import { expect, test } from 'vitest'
import { createRecorder } from '../create-recorder.ts'
import { sizeOfSpan } from './span-size.ts'

const mb = 'x'.repeat(1024 * 1024)
const cyclic: Record<string, unknown> = { text: mb }
cyclic.self = cyclic
const deep = Array.from({ length: 200_000 }).reduce<unknown>(inner => ({ inner }), mb) as Record<
  string,
  unknown
>

test.each([
  ['an input', span({ input: { json: mb } })],
  ['the value of an error', span({ error: { name: 'E', message: '', value: { json: mb } } })],
  ['the message of an error', span({ error: { name: 'E', message: mb, value: { json: '' } } })],
  ['metadata', span({ metadata: { a: [{ b: mb }] } })],
  ['names of metadata', span({ metadata: { [mb]: 1 } })],
  ['metadata in a cycle', span({ metadata: cyclic })],
  ['metadata that is nested very deep', span({ metadata: deep })],
  ['tags', span({ tags: [mb] })],
  ['a key', span({ key: mb })],
  ['marks', span({ output: { json: '1', meta: [[[mb], 'Date']] } })],
  [
    'lossy paths',
    span({ output: { json: '1', lossy: Array.from({ length: 1024 }, () => 'y'.repeat(1024)) } }),
  ],
])('%s of a megabyte counts as one', (_what, large) => {
  expect(sizeOfSpan(large)).toBeGreaterThanOrEqual(mb.length)
})

test('a small span counts a few hundred bytes, and one that throws when read does not throw here', () => {
  expect(sizeOfSpan(span())).toBeLessThan(1_000)
  const throwing = new Proxy(
    {},
    {
      ownKeys: () => {
        throw new Error('read')
      },
    },
  )
  expect(sizeOfSpan(span({ metadata: throwing }))).toBeGreaterThan(0)
})

test('memory with large metadata stays below maxSpanBytes, with the oldest dropped first', () => {
  const { appendSync: _, ...store } = memoryStore()
  const limits = { maxSpanBytes: 10 * mb.length, flushIntervalMs: 60_000 }
  const recorder = createRecorder({ store, ...limits, logger: { warn: () => {} } })
  for (let count = 0; count < 50; count++) recorder.append(span({ metadata: { text: mb } }))
  expect(recorder.diagnostics()).toMatchObject({ queued: { spans: 9 }, droppedSpans: 41 })
})
