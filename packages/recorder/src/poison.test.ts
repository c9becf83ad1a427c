import { mkdtempSync, readFileSync, rmSync, statSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { RunEvent, Store, TapeRecord } from '@runtape/core'
import { sqliteOutbox, sqliteStore } from '@runtape/store-sqlite'
import { memoryStore, payload, runEvent, span } from '@runtape/testing'
import { afterEach, beforeEach, describe, expect, it } from 'vitest'
import { createRecorder } from './create-recorder.ts'

let folder: string
let path: string
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'runtape-poison-'))
  path = join(folder, 'tape.db')
})
afterEach(() => rmSync(folder, { recursive: true }))

function record(store: Store, options: Partial<Parameters<typeof createRecorder>[0]> = {}) {
  const warnings: string[] = []
  const logger = { warn: (message: string) => warnings.push(message) }
  return { warnings, recorder: createRecorder({ store, logger, retryBaseMs: 1, retryMaxMs: 2, ...options }) }
}

/** A file in which `sql` has damaged what was recorded. */
async function damagedFile(records: readonly TapeRecord[], sql: string) {
  const store = sqliteStore(path)
  await store.append(records)
  await store.close()
  const database = new DatabaseSync(path)
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
  it.each(kindsOfDamage)('%s is set aside, and holds up nothing', async (_what, bad, sql) => {
    await damagedFile([bad], sql)
    const store = sqliteStore(path)
    const { recorder, warnings } = record(store)
    const [event, root] = [runEvent(), span()]
    recorder.append(bad)
    recorder.append(root)
    expect(recorder.append(event)).toBe(true)
    await recorder.flush()
    expect(recorder.diagnostics()).toMatchObject({
      accepted: 2,
      setAside: 1,
      queued: { runEvents: 0, spans: 0 },
      lastSetAside: expect.stringContaining('cannot read what it has'),
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

describe('what is set aside', () => {
  it('is written in its place by retry once that is possible, and is forgotten by drop', async () => {
    const [good, bad, other] = [runEvent({ value: 5 }), runEvent({ value: 6 }), runEvent()]
    await damagedFile([bad], `UPDATE run_events SET value_json = '{"cut'`)
    const store = sqliteStore(path)
    store.setAside.put(good, 'for a test')
    store.setAside.put(bad, 'for a test')
    store.setAside.put(other, 'for a test')
    expect(await store.setAside.drop(['3'])).toBe(1)
    expect(await store.setAside.retry()).toMatchObject({ accepted: 1, failed: [{ id: '2' }] })
    expect((await store.runs.get(good.runId))?.events).toEqual([good])
    expect(store.setAside.list().map(({ id }) => id)).toEqual(['2'])
    const database = new DatabaseSync(path)
    database.exec(`UPDATE run_events SET value_json = '6' WHERE run_id = '${bad.runId}'`)
    database.close()
    expect(await store.setAside.retry(['2'])).toMatchObject({ duplicates: 1, failed: [] })
    expect(store.setAside.list()).toEqual([])
    await store.close()
  })

  it('is in a file beside the database, of which only its owner can read, when SQLite cannot take its text', async () => {
    // SQLite's own limit is a gigabyte: this handle has a lower one, and fails as SQLite does.
    const small = storeWithLimit(100_000)
    const { recorder } = record(small)
    const large = span({ metadata: { text: 'x'.repeat(200_000) } })
    recorder.append(large)
    recorder.append(span())
    await recorder.flush()
    expect(recorder.diagnostics()).toMatchObject({ accepted: 1, setAside: 1, queued: { spans: 0 } })
    const file = `${path}.set-aside.ndjson`
    expect(statSync(file).mode & 0o777).toBe(0o600)
    expect(JSON.parse(JSON.parse(readFileSync(file, 'utf8')).record_json)).toEqual(large)
    expect(small.setAside.list()).toMatchObject([{ id: 'file-1', origin: 'store' }])
    await small.close()
    const again = sqliteStore(path)
    expect(await again.setAside.retry()).toMatchObject({ accepted: 1 })
    expect(again.setAside.list()).toEqual([])
    expect(await again.traces.getSpan(large.traceId, large.spanId)).toEqual(large)
    await again.close()
  })

  it('is nothing when the whole database is locked: all of it waits, and is written later', async () => {
    const store = sqliteStore(path, { busyTimeoutMs: 5 })
    const { recorder } = record(store, { flushAttempts: 8 })
    const other = new DatabaseSync(path)
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

  it('is set aside at exit, too', async () => {
    await damagedFile([runEvent({ runId: 'bad' })], `UPDATE run_events SET value_json = ''`)
    const store = sqliteStore(path)
    const { recorder } = record(store)
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
  const database = new DatabaseSync(path)
  const tooBig = () => Object.assign(new Error('string or blob too big'), { errcode: 18 })
  return sqliteStore({
    name: path,
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

/** A remote store that answers for some events as a server does that will never take them. */
function remote(refuses: (record: RunEvent) => unknown): Store {
  const { appendSync: _, ...store } = memoryStore()
  return {
    ...store,
    append: async records => {
      for (const each of records) {
        const error = refuses(each as RunEvent)
        if (error) throw error
      }
      return store.append(records)
    },
  }
}

const refusal = (status: number) => Object.assign(new Error(`refused with ${status}.`), { status })

describe('a remote store with an outbox', () => {
  it.each([413, 422])(
    'that refuses one event for good with %i gets all others, and the event is set aside',
    async status => {
      const store = remote(event => event.runId === 'bad' && refusal(status))
      const outbox = sqliteOutbox(path)
      const { recorder } = record(store, { outbox })
      for (const runId of ['1', 'bad', '2']) expect(recorder.append(runEvent({ runId }))).toBe(true)
      await recorder.flush()
      expect(recorder.diagnostics()).toMatchObject({ accepted: 2, setAside: 1, queued: { runEvents: 0 } })
      expect((await store.runs.list()).items.map(({ runId }) => runId).sort()).toEqual(['1', '2'])
      const file = sqliteStore(path)
      expect(file.setAside.list()).toMatchObject([{ origin: 'outbox', reason: `refused with ${status}.` }])
      expect(await file.setAside.retry()).toMatchObject({ queued: 1 })
      expect(outbox.size()).toBe(1)
      await recorder.close()
    },
  )

  it('that fails for one event alone, again and again, gets all others', async () => {
    const store = remote(event => event.runId === 'bad' && new Error('500.'))
    const { recorder } = record(store, { outbox: sqliteOutbox(path) })
    for (const runId of ['bad', '1', '2', '3', '4']) recorder.append(runEvent({ runId }))
    await recorder.flush()
    expect(recorder.diagnostics()).toMatchObject({ accepted: 4, setAside: 1, queued: { runEvents: 0 } })
    await recorder.close()
  })

  it('that is down loses nothing and sets nothing aside, however long', async () => {
    let isDown = true
    const store = remote(() => isDown && new Error('503.'))
    const { recorder } = record(store, { outbox: sqliteOutbox(path), flushAttempts: 12 })
    for (let count = 0; count < 10; count++) recorder.append(runEvent())
    await recorder.flush()
    expect(recorder.diagnostics()).toMatchObject({ accepted: 0, setAside: 0, queued: { runEvents: 10 } })
    isDown = false
    await recorder.flush()
    expect(recorder.diagnostics()).toMatchObject({ accepted: 10, queued: { runEvents: 0 } })
    await recorder.close()
  })

  it.each([
    ['text that is cut off', '{"kind":"run-ev'],
    ['no event', '{"kind":"span"}'],
    ['null', 'null'],
    [
      'an event with tokens below zero',
      JSON.stringify(runEvent({ metric: 'tokens', value: { input: -5, output: 0, total: 0 } })),
    ],
  ])('whose outbox has a row with %s gets the others', async (_what, json) => {
    const outbox = sqliteOutbox(path)
    outbox.put([runEvent({ runId: '1' }), runEvent({ runId: '2' }), runEvent({ runId: '3' })])
    const database = new DatabaseSync(path)
    database.prepare('UPDATE outbox SET event_json = ? WHERE id = 2').run(json)
    const store = remote(() => undefined)
    const { recorder } = record(store, { outbox })
    await recorder.flush()
    expect((await store.runs.list()).items.map(({ runId }) => runId).sort()).toEqual(['1', '3'])
    expect(outbox.size()).toBe(0)
    expect(database.prepare('SELECT origin, record_json FROM set_aside').all()).toEqual([
      { origin: 'outbox', record_json: json },
    ])
    database.close()
    await recorder.close()
  })

  it('whose outbox has only damaged rows, more than a batch, gets what comes behind them', async () => {
    const outbox = sqliteOutbox(path)
    outbox.put(Array.from({ length: 10 }, () => runEvent()))
    const database = new DatabaseSync(path)
    database.exec("UPDATE outbox SET event_json = ''")
    database.close()
    outbox.put([runEvent({ runId: 'good' })])
    const { recorder } = record(
      remote(() => undefined),
      { outbox, batchSize: 2 },
    )
    await recorder.flush()
    expect(recorder.diagnostics()).toMatchObject({ accepted: 1 })
    await recorder.close()
  })
})

describe('a remote store without an outbox', () => {
  it('that refuses one event for good gets all others, and the event is counted', async () => {
    const store = remote(event => event.runId === 'bad' && refusal(422))
    const { recorder, warnings } = record(store)
    for (const runId of ['1', 'bad', '2']) recorder.append(runEvent({ runId }))
    await recorder.flush()
    expect(recorder.diagnostics()).toMatchObject({ accepted: 2, rejected: 1, queued: { runEvents: 0 } })
    expect(warnings).toEqual(['duration of run bad was refused and is left out: refused with 422.'])
  })

  it('that fails for one event alone gets all others, and gets that one when it takes it', async () => {
    let isBroken = true
    const store = remote(event => isBroken && event.runId === 'bad' && new Error('500.'))
    const { recorder } = record(store, { leaseMs: 10 })
    for (const runId of ['bad', '1', '2', '3', '4']) recorder.append(runEvent({ runId }))
    await recorder.flush()
    expect(recorder.diagnostics().accepted).toBe(4)
    isBroken = false
    await expect.poll(() => recorder.diagnostics().accepted).toBe(5)
    expect(recorder.diagnostics().queued.runEvents).toBe(0)
    await recorder.close()
  })
})

describe('a malformed record', () => {
  it.each<[string, unknown]>([
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
  ])('%s is refused and counted, and takes no other with it', async (_what, bad) => {
    const store = sqliteStore(path)
    const { recorder, warnings } = record(store)
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
    expect(warnings).toEqual([expect.stringContaining('was refused and is left out')])
    await recorder.close()
    await store.close()
  })

  it('a span that JSON cannot hold is refused when it is written, and takes no other with it', async () => {
    const store = sqliteStore(path)
    const { recorder } = record(store)
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
