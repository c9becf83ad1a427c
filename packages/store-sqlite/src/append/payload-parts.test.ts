import { copyFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { SpanRecord } from '@runtape/core'
import { newTraceId } from '@runtape/core/internal'
import { payload, span } from '@runtape/testing'
import { describe, expect, test } from 'vitest'
import { plainHandle } from '../../test/plain-handle.ts'
import { scratchDirectory } from '../../test/scratch.ts'
import { sqliteStore } from '../sqlite-store.ts'
import { partsFrom, partsOf } from './payload-parts.ts'

const large = payload('x'.repeat(3 * partsFrom))
const emoji = payload(`a${'👩‍👩‍👧'.repeat(partsFrom / 4)}`)
const half = { json: `"${'ü'.repeat(partsFrom)}\ud800"` }

function open() {
  const database = new DatabaseSync(':memory:')
  const count = () => database.prepare('SELECT COUNT(*) AS n FROM payloads').get()?.n
  return { database, store: sqliteStore(database), count }
}

describe('a payload above 256 KB', () => {
  test('is returned unchanged, also by SQL and deferred, whatever characters are at the ends of parts', async () => {
    const { database, store } = open()
    const root = span({ resultKind: 'promise' })
    const { traceId, spanId: parentSpanId } = root
    const spans = [large, emoji].map(value => span({ traceId, parentSpanId, input: value, output: value }))
    await store.append([root, ...spans])
    for (const each of spans) expect(await store.traces.getSpan(traceId, each.spanId)).toEqual(each)
    const sizes = database.prepare('SELECT json_valid(output_json) AS valid FROM spans WHERE seq = 0').all()
    expect(sizes.every(({ valid }) => valid === 1)).toBe(true)
    const deferred = await store.traces.get(traceId, { deferOutputsFrom: 100_000 })
    expect(deferred?.spans.map(({ output }) => output?.deferred)).toEqual([
      undefined,
      ...spans.map(({ output }) => Buffer.byteLength(output?.json ?? '')),
    ])
  })

  test('has the same value if it contains a lone surrogate', async () => {
    const { store } = open()
    const root = span({ input: half })
    expect(await store.append([root])).toMatchObject({ accepted: 1 })
    const { input } = (await store.traces.getSpan(root.traceId, root.spanId)) as SpanRecord
    expect(JSON.parse(input.json)).toBe(JSON.parse(half.json))
  })

  test('may be an error value or metadata: both are returned unchanged, also by SQL and deferred', async () => {
    const { database, store, count } = open()
    const root = span({ resultKind: 'promise' })
    const error = { name: 'Error', message: 'no', value: large }
    const metadata = { answer: 'y'.repeat(2 * partsFrom), half: '\ud800' }
    const both = span({ traceId: root.traceId, parentSpanId: root.spanId, status: 'error', error, metadata })
    expect(await store.append([root, both])).toMatchObject({ accepted: 2 })
    expect(count()).toBeGreaterThan(4)
    expect(
      database.prepare('SELECT length(error_json) AS e, metadata_json AS m FROM span_rows').all(),
    ).toEqual([
      { e: null, m: null },
      { e: null, m: null },
    ])
    expect(await store.traces.getSpan(root.traceId, both.spanId)).toEqual(both)
    expect((await store.traces.get(root.traceId, { deferOutputsFrom: 1000 }))?.spans).toContainEqual(both)
    const [row] = database
      .prepare(
        "SELECT json_valid(error_json) AS e, metadata_json ->> '$.answer' AS m FROM spans WHERE error_name = 'Error'",
      )
      .all()
    expect(row).toEqual({ e: 1, m: metadata.answer })
    expect(await store.append([both])).toMatchObject({ duplicates: 1 })
    expect(store.appendSync([{ ...both, metadata: { answer: 'z'.repeat(2 * partsFrom) } }])).toMatchObject({
      conflicts: 1,
    })
    await store.erase({ traceId: root.traceId })
    expect(count()).toBe(0)
  })

  test('leaves parts without a span if the process is killed, and only those are swept', async () => {
    const path = join(scratchDirectory(), 'tape.db')
    const database = new DatabaseSync(path)
    const store = sqliteStore(database)
    const kept = span({ input: large, metadata: { more: emoji.json } })
    await store.append([kept, span({ output: payload('y'.repeat(5000)) })])
    const parts = (file: string) => {
      const reader = new DatabaseSync(file, { readOnly: true })
      const { n } = reader.prepare('SELECT count(*) AS n FROM payloads').get() ?? {}
      reader.close()
      return Number(n)
    }
    const before = parts(path)
    const writing = store.append([span({ input: emoji, output: payload('z'.repeat(2_000_000)) })])
    // After the first parts, before the span: as if the process were killed now.
    await new Promise(resolve => setImmediate(resolve))
    for (const suffix of ['', '-wal']) copyFileSync(path + suffix, `${path}.left${suffix}`)
    await writing
    await store.close()
    expect(parts(`${path}.left`)).toBeGreaterThan(before)
    const next = sqliteStore(`${path}.left`)
    await expect.poll(() => parts(`${path}.left`), { timeout: 30_000 }).toBe(before)
    expect(await next.traces.getSpan(kept.traceId, kept.spanId)).toEqual(kept)
    await next.close()
  }, 60_000)

  test('is not swept while it is being written', async () => {
    const path = join(scratchDirectory(), 'tape.db')
    const first = sqliteStore(path)
    await first.append([span({ input: large })])
    await first.close()
    const database = new DatabaseSync(path)
    const [{ hash } = { hash: '' }] = database.prepare('SELECT hash FROM payloads LIMIT 1').all()
    const put = (traceId: string) =>
      void database
        .prepare('INSERT INTO payloads (trace_id, hash, json) VALUES (?, ?, 1)')
        .run(traceId, hash as string)
    put('left by a killed process')
    const store = sqliteStore(path)
    put('being written')
    const left = () =>
      database
        .prepare("SELECT trace_id FROM payloads WHERE json = '1'")
        .all()
        .map(row => row.trace_id)
    await expect.poll(left, { timeout: 30_000 }).toEqual(['being written'])
    await store.close()
    database.close()
  }, 60_000)

  test('is swept if its span is refused as a conflict, by append and by appendSync', async () => {
    const { store, count } = open()
    const root = span()
    store.appendSync([root])
    const other = { ...root, input: large, output: emoji }
    expect(await store.append([other])).toMatchObject({ conflicts: 1 })
    expect(store.appendSync([other])).toMatchObject({ conflicts: 1 })
    expect(count()).toBe(0)
  })

  test('is kept if another span of the trace has it too', async () => {
    const { store } = open()
    const traceId = newTraceId()
    const [first, second] = [span({ traceId, output: large }), span({ traceId })]
    await store.append([first, second])
    expect(await store.append([{ ...second, output: large }])).toMatchObject({ conflicts: 1 })
    expect(await store.append([first])).toMatchObject({ duplicates: 1 })
    expect(await store.traces.getSpan(traceId, first.spanId)).toEqual(first)
  })

  test('is written again with its span if another process has swept it meanwhile', async () => {
    const { database, store } = open()
    const root = span({ output: large })
    const writing = store.append([root])
    // After the first parts, before the span.
    await new Promise(resolve => setImmediate(resolve))
    database.exec('DELETE FROM payloads')
    await writing
    expect(await store.traces.getSpan(root.traceId, root.spanId)).toEqual(root)
  })

  test('is never divided inside a character', () => {
    const parts = partsOf(emoji.json)
    expect(parts.join('')).toBe(emoji.json)
    expect(parts.every(part => part.isWellFormed())).toBe(true)
  })
})

describe('a refused span', () => {
  test.each([
    ['small', payload('x'.repeat(5_000))],
    ['large', large],
  ])('leaves no %s payload behind', async (_size, value) => {
    const { store, count } = open()
    const root = span()
    store.appendSync([root])
    const conflict = { ...root, input: value }
    const bad = { ...span({ input: value }), seq: -1 }
    expect(store.appendSync([conflict])).toMatchObject({ conflicts: 1 })
    expect(() => store.appendSync([bad])).toThrow('seq must be')
    await expect(store.append([span({ input: value }), bad])).rejects.toThrow('seq must be')
    expect(count()).toBe(0)
  })

  test('leaves no payload behind if writing its row fails', async () => {
    const { database, store, count } = open()
    database.exec("CREATE TRIGGER full BEFORE INSERT ON span_rows BEGIN SELECT RAISE(ABORT, 'no more'); END")
    const spans = [span({ input: large }), span({ output: payload('y'.repeat(5_000)) })]
    for (const each of spans) {
      expect(() => store.appendSync([each])).toThrow()
      await expect(store.append([each])).rejects.toThrow()
    }
    expect(count()).toBe(0)
  })
})

test('no transaction of append or appendSync exceeds 64 records or about 256 KB, even if the clock stands still', async () => {
  const database = new DatabaseSync(':memory:')
  const handle = plainHandle(database)
  const transactions: { rows: number; weight: number }[] = []
  const store = sqliteStore({
    ...handle,
    exec: sql => {
      if (sql.startsWith('BEGIN')) transactions.push({ rows: 0, weight: 0 })
      return handle.exec(sql)
    },
    prepare: sql => {
      const statement = handle.prepare(sql)
      const run: typeof statement.run = (...params) => {
        const open = transactions.at(-1)
        if (open) {
          open.rows += sql.includes('INTO span_rows') ? 1 : 0
          for (const param of params) open.weight += typeof param === 'string' ? param.length : 0
        }
        return statement.run(...params)
      }
      return { ...statement, run }
    },
  })
  const spans = () => [
    ...Array.from({ length: 300 }, () => span()),
    ...Array.from({ length: 20 }, (_, at) => span({ output: payload(String(at).repeat(60_000)) })),
    ...[0, 1, 2].map(at => span({ input: payload(`${at}${'z'.repeat(2_000_000)}`) })),
  ]
  store.appendSync(spans())
  await store.append(spans())
  expect(transactions.length).toBeGreaterThan(50)
  expect(Math.max(...transactions.map(({ rows }) => rows))).toBeLessThanOrEqual(64)
  // A record or part that exceeds the limit must be alone in its transaction.
  expect(Math.max(...transactions.map(({ weight }) => weight))).toBeLessThan(3.2 * partsFrom)
})
