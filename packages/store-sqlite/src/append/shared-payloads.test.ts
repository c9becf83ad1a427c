import { statSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { Payload, SpanRecord } from '@runtape/core'
import { newSpanId, newTraceId } from '@runtape/core/internal'
import { payload, span } from '@runtape/testing'
import { describe, expect, test } from 'vitest'
import { scratchDirectory } from '../../test/scratch.ts'
import { sqliteStore } from '../sqlite-store.ts'

const megabyte = payload('x'.repeat(1024 * 1024))

test('a megabyte that five calls of a trace pass on is stored once, and every span has it', async () => {
  const path = join(scratchDirectory(), 'tape.db')
  const store = sqliteStore(path)
  const spans = chain(5, newTraceId(), megabyte)
  expect((await store.append(spans)).accepted).toBe(5)
  const trace = await store.traces.get(spans[0]?.traceId ?? '')
  expect(trace?.spans.map(({ input, output }) => [input, output])).toEqual(
    Array(5).fill([megabyte, megabyte]),
  )
  await store.close()
  expect(statSync(path).size).toBeLessThan(1.5 * 1024 * 1024)
})

test('equal payloads of two traces are stored with each of them', async () => {
  const path = join(scratchDirectory(), 'tape.db')
  const store = sqliteStore(path)
  await store.append([...chain(2, newTraceId(), megabyte), ...chain(2, newTraceId(), megabyte)])
  await store.close()
  const database = new DatabaseSync(path)
  const kept = database.prepare('SELECT sum(octet_length(json)) AS kept FROM payloads').get()
  expect(kept).toEqual({ kept: 2 * megabyte.json.length })
  database.close()
})

test('a large payload is in the view `spans` for SQL, like a small one', async () => {
  const path = join(scratchDirectory(), 'tape.db')
  const store = sqliteStore(path)
  await store.append(chain(1, newTraceId(), payload({ order: 'A-17', notes: 'x'.repeat(5_000) })))
  await store.close()
  const database = new DatabaseSync(path)
  const found = database.prepare("SELECT json_extract(output_json, '$.order') AS found FROM spans").get()
  expect(found).toEqual({ found: 'A-17' })
  database.close()
})

test('a repeated span with a large payload is a duplicate; with another payload it is a conflict', async () => {
  const store = sqliteStore(':memory:')
  const [first] = chain(1, newTraceId(), megabyte)
  if (!first) throw new Error('no span')
  const receipts = [await store.append([first]), await store.append([first])]
  const other = await store.append([{ ...first, output: payload('y'.repeat(5_000)) }])
  expect(receipts.map(({ accepted, duplicates }) => [accepted, duplicates])).toEqual([
    [1, 0],
    [0, 1],
  ])
  expect(other.conflicts).toBe(1)
})

describe('a payload of a root that no call of its trace has', () => {
  const [question, answer] = [payload('q'.repeat(19_000)), payload('a'.repeat(20_000))]
  const kept = (store: DatabaseSync) =>
    store.prepare('SELECT length(hash) AS name, octet_length(json) AS size FROM payloads').all()

  test('is stored in its row, because it cannot occur again', async () => {
    const database = new DatabaseSync(':memory:')
    const store = sqliteStore(database)
    const root = span({ input: question, output: answer })
    await store.append([root])
    expect(kept(database)).toEqual([])
    expect(await store.traces.getSpan(root.traceId, root.spanId)).toEqual(root)
    expect(await store.append([root, { ...root, input: answer }])).toMatchObject({
      duplicates: 1,
      conflicts: 1,
    })
  })

  test('is shared if a call had it in an earlier batch, or if it is both input and output', async () => {
    const database = new DatabaseSync(':memory:')
    const store = sqliteStore(database)
    const [child, root] = [...chain(2, newTraceId(), answer)].reverse() as [SpanRecord, SpanRecord]
    store.appendSync([child])
    await store.append([{ ...root, input: question }])
    store.appendSync([span({ input: question, output: question })])
    expect(kept(database)).toEqual([answer, question].map(({ json }) => ({ name: 43, size: json.length })))
    expect((await store.traces.get(root.traceId))?.spans.map(({ output }) => output)).toEqual([
      answer,
      answer,
    ])
  })

  test('has its own name if it is written in parts; a repeat leaves nothing behind', async () => {
    const database = new DatabaseSync(':memory:')
    const store = sqliteStore(database)
    const root = span({ input: payload(1), output: megabyte })
    await store.append([root])
    const before = kept(database)
    expect(before.length).toBeGreaterThan(8)
    const again = [root, { ...root, output: payload('y'.repeat(2_000_000)) }]
    expect(await store.append(again)).toMatchObject({ duplicates: 1, conflicts: 1 })
    expect(store.appendSync([root])).toMatchObject({ duplicates: 1 })
    expect(kept(database)).toEqual(before)
    expect((await store.traces.get(root.traceId))?.root).toEqual(root)
  })

  test('is stored twice, completely, if there are so many traces that the oldest are forgotten', async () => {
    const store = sqliteStore(':memory:')
    const [child, root] = [...chain(2, newTraceId(), answer)].reverse() as [SpanRecord, SpanRecord]
    store.appendSync([child])
    const others = Array.from({ length: 2000 }, () => ({ traceId: newTraceId(), spanId: newSpanId() }))
    store.appendSync(
      others.map(ids => span({ ...ids, parentSpanId: newSpanId(), input: payload('x'.repeat(3000)) })),
    )
    store.appendSync([root])
    expect((await store.traces.get(root.traceId))?.spans.map(({ output }) => output)).toEqual([
      answer,
      answer,
    ])
  })
})

function chain(length: number, traceId: string, value: Payload) {
  const id = (index: number) => String(index + 1).padStart(16, '0')
  return Array.from({ length }, (_, index) =>
    span({
      traceId,
      spanId: id(index),
      parentSpanId: index > 0 ? id(index - 1) : undefined,
      input: value,
      output: value,
    }),
  )
}
