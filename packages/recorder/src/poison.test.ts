import { readFileSync, statSync } from 'node:fs'
import { DatabaseSync } from 'node:sqlite'
import type { TapeRecord } from '@runtape/core'
import { sqliteStore } from '@runtape/store-sqlite'
import { payload, runEvent, span } from '@runtape/testing'
import { describe, expect, test } from 'vitest'
import { eagerRecorder } from '../test/eager-recorder.ts'
import { freshFile } from '../test/fresh-file.ts'

const fresh = freshFile('tape.db')

/** A file whose records `sql` has damaged. */
async function damagedFile(records: readonly TapeRecord[], sql: string) {
  const store = sqliteStore(fresh.path)
  await store.append(records)
  await store.close()
  const database = new DatabaseSync(fresh.path)
  database.exec(sql)
  database.close()
}

const kindsOfDamage: readonly [string, TapeRecord, string][] = [
  ['an event whose stored value is damaged', runEvent(), `UPDATE run_events SET value_json = '{"cut'`],
  ['a span with damaged tags', span({ tags: ['a'] }), `UPDATE span_rows SET tags_json = '["a'`],
  ['a span with damaged metadata', span({ metadata: { a: 1 } }), `UPDATE span_rows SET metadata_json = ''`],
  ['a span with an order beyond 2^53', span({ startOrder: 1 }), 'UPDATE span_rows SET start_order = 1 << 60'],
  [
    'a span with damaged marks',
    span({ input: { json: '1', lossy: ['$'] } }),
    "UPDATE span_rows SET input_marks_json = '{'",
  ],
]

describe('in an embedded store, a duplicate of', () => {
  test.each(kindsOfDamage)('%s is set aside, and does not block others', async (_what, bad, sql) => {
    await damagedFile([bad], sql)
    const store = sqliteStore(fresh.path)
    const { recorder, warnings } = eagerRecorder(store)
    const [event, root] = [runEvent(), span()]
    recorder.append(bad)
    recorder.append(root)
    expect(recorder.append(event)).toBe(true)
    await recorder.flush()
    expect(recorder.diagnostics()).toMatchObject({
      accepted: 2,
      setAside: 1,
      queued: { runEvents: 0, spans: 0 },
      lastSetAside: expect.stringContaining('but cannot read it'),
    })
    expect(recorder.diagnostics().failing).toBeUndefined()
    expect(warnings).toEqual([
      expect.stringMatching(/could not be written and was set aside: .*set-aside list/),
    ])
    expect(store.setAside.list()).toMatchObject([{ id: '1', origin: 'store', json: JSON.stringify(bad) }])
    await recorder.close()
    await store.close()
  })
})

describe('records set aside', () => {
  test('are written by retry once that is possible, and removed by drop', async () => {
    const [good, bad, other] = [runEvent({ value: 5 }), runEvent({ value: 6 }), runEvent()]
    await damagedFile([bad], `UPDATE run_events SET value_json = '{"cut'`)
    const store = sqliteStore(fresh.path)
    store.setAside.put(good, 'for a test')
    store.setAside.put(bad, 'for a test')
    store.setAside.put(other, 'for a test')
    expect(await store.setAside.drop(['3'])).toBe(1)
    expect(await store.setAside.retry()).toMatchObject({ accepted: 1, failed: [{ id: '2' }] })
    expect((await store.runs.get(good.runId))?.events).toEqual([good])
    expect(store.setAside.list().map(({ id }) => id)).toEqual(['2'])
    const database = new DatabaseSync(fresh.path)
    database.exec(`UPDATE run_events SET value_json = '6' WHERE run_id = '${bad.runId}'`)
    database.close()
    expect(await store.setAside.retry(['2'])).toMatchObject({ duplicates: 1, failed: [] })
    expect(store.setAside.list()).toEqual([])
    await store.close()
  })

  test('are in a file beside the database, readable only by its owner, if SQLite cannot store their text', async () => {
    // SQLite's own limit is a gigabyte: this handle has a lower one, and fails as SQLite does.
    const small = storeWithLimit(50_000)
    const { recorder } = eagerRecorder(small)
    const large = span({ metadata: { text: 'x'.repeat(100_000) } })
    recorder.append(large)
    recorder.append(span())
    await recorder.flush()
    expect(recorder.diagnostics()).toMatchObject({ accepted: 1, setAside: 1, queued: { spans: 0 } })
    const file = `${fresh.path}.set-aside.ndjson`
    expect(statSync(file).mode & 0o777).toBe(0o600)
    expect(JSON.parse(JSON.parse(readFileSync(file, 'utf8')).record_json)).toEqual(large)
    expect(small.setAside.list()).toMatchObject([{ id: 'file-1', origin: 'store' }])
    await small.close()
    const again = sqliteStore(fresh.path)
    expect(await again.setAside.retry()).toMatchObject({ accepted: 1 })
    expect(again.setAside.list()).toEqual([])
    expect(await again.traces.getSpan(large.traceId, large.spanId)).toEqual(large)
    await again.close()
  })

  test('are none if the whole database is locked: everything waits, and is written later', async () => {
    const store = sqliteStore(fresh.path, { busyTimeoutMs: 5 })
    const { recorder } = eagerRecorder(store, { flushAttempts: 8 })
    const other = new DatabaseSync(fresh.path)
    other.exec('BEGIN IMMEDIATE')
    for (const each of [runEvent(), span(), span()]) recorder.append(each)
    await recorder.flush()
    expect(recorder.diagnostics()).toMatchObject({
      setAside: 0,
      accepted: 0,
      queued: { runEvents: 1, spans: 2 },
    })
    other.exec('ROLLBACK')
    other.close()
    await recorder.flush()
    expect(recorder.diagnostics()).toMatchObject({ setAside: 0, accepted: 3 })
    await recorder.close()
    await store.close()
  })

  test('do not wait: a locked database is reported immediately', async () => {
    const store = sqliteStore(fresh.path, { busyTimeoutMs: 1_000_000 })
    const other = new DatabaseSync(fresh.path)
    other.exec('BEGIN IMMEDIATE')
    expect(() => store.setAside.put(runEvent(), 'for a test')).toThrow('keeps it locked')
    other.exec('ROLLBACK')
    other.close()
    store.setAside.put(runEvent(), 'for a test')
    expect(store.setAside.list()).toHaveLength(1)
    await store.close()
  })

  test('are also set aside at exit', async () => {
    await damagedFile([runEvent({ runId: 'bad' })], `UPDATE run_events SET value_json = ''`)
    const store = sqliteStore(fresh.path)
    const { recorder } = eagerRecorder(store)
    recorder.append(runEvent({ runId: 'bad' }))
    const root = span()
    recorder.append(root)
    process.emit('exit', 0)
    expect(await store.traces.getSpan(root.traceId, root.spanId)).toEqual(root)
    expect(store.setAside.list()).toHaveLength(1)
    await recorder.close()
    await store.close()
  })
})

function storeWithLimit(most: number) {
  const database = new DatabaseSync(fresh.path)
  const tooBig = () => Object.assign(new Error('string or blob too big'), { errcode: 18 })
  return sqliteStore({
    name: fresh.path,
    exec: sql => database.exec(sql),
    close: () => database.close(),
    prepare: sql => {
      const statement = database.prepare(sql)
      const check = (params: readonly unknown[]) => {
        if (params.some(param => typeof param === 'string' && param.length > most)) throw tooBig()
      }
      return {
        run: (...params) => {
          check(params)
          return statement.run(...params)
        },
        get: (...params) => statement.get(...params),
        all: (...params) => statement.all(...params),
      }
    },
  })
}

describe('a malformed record', () => {
  test.each<[string, unknown]>([
    ['a span without input', { ...span(), input: undefined }],
    ['an error without value', { ...span(), error: { name: 'E', message: '' } }],
    ['null', null],
    ['a text', 'span'],
    [
      'a record whose getter throws',
      Object.defineProperty({ ...span() }, 'output', { get: fail, enumerable: true }),
    ],
    ['a proxy that throws', new Proxy({}, { get: fail })],
    ['an event of a metric that does not exist', { ...runEvent(), metric: 'token' }],
    ['an event that JSON cannot hold', runEvent({ context: { kind: 'user', key: 'ann', id: 1n } })],
  ])('%s is refused and counted, and does not affect others', async (_what, bad) => {
    const store = sqliteStore(fresh.path)
    const { recorder, warnings } = eagerRecorder(store)
    const spans = Array.from({ length: 20 }, () => span())
    for (const each of spans.slice(0, 10)) expect(recorder.append(each)).toBe(true)
    expect(recorder.append(bad as TapeRecord)).toBe(false)
    for (const each of spans.slice(10)) expect(recorder.append(each)).toBe(true)
    await recorder.flush()
    expect(recorder.diagnostics()).toMatchObject({
      accepted: 20,
      rejected: 1,
      queued: { runEvents: 0, spans: 0 },
    })
    expect(warnings).toEqual([expect.stringContaining('was refused and is not recorded')])
    await recorder.close()
    await store.close()
  })

  test('a span that JSON cannot represent is refused when it is written, and does not affect others', async () => {
    const store = sqliteStore(fresh.path)
    const { recorder } = eagerRecorder(store)
    recorder.append(span({ metadata: { size: 10n } }))
    for (let count = 0; count < 20; count++) recorder.append(span({ output: payload(count) }))
    await recorder.flush()
    expect(recorder.diagnostics()).toMatchObject({ accepted: 20, rejected: 1 })
    await store.close()
  })
})

function fail(): never {
  throw new Error('this throws')
}
