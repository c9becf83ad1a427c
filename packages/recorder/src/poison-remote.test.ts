import { DatabaseSync } from 'node:sqlite'
import type { RunEvent } from '@runtape/core'
import type { Store } from '@runtape/core/store'
import { sqliteOutbox, sqliteStore } from '@runtape/store-sqlite'
import { memoryStore, runEvent } from '@runtape/testing'
import { describe, expect, test } from 'vitest'
import { eagerRecorder } from '../test/eager-recorder.ts'
import { freshFile } from '../test/fresh-file.ts'

const fresh = freshFile('tape.db')

/** A remote store that answers as a server that always refuses some of the events. */
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
  test.each([413, 422])(
    'that refuses one event for good with %i gets all others, and the event is set aside',
    async status => {
      const store = remote(event => event.runId === 'bad' && refusal(status))
      const outbox = sqliteOutbox(fresh.path)
      const { recorder } = eagerRecorder(store, { outbox })
      for (const runId of ['1', 'bad', '2']) expect(recorder.append(runEvent({ runId }))).toBe(true)
      await recorder.flush()
      expect(recorder.diagnostics()).toMatchObject({ accepted: 2, setAside: 1, queued: { runEvents: 0 } })
      expect((await store.runs.list()).items.map(({ runId }) => runId).sort()).toEqual(['1', '2'])
      const file = sqliteStore(fresh.path)
      expect(file.setAside.list()).toMatchObject([{ origin: 'outbox', reason: `refused with ${status}.` }])
      expect(await file.setAside.retry()).toMatchObject({ queued: 1 })
      expect(outbox.size()).toBe(1)
      await recorder.close()
    },
  )

  test('that repeatedly fails for one event gets all others', async () => {
    const store = remote(event => event.runId === 'bad' && new Error('500.'))
    const { recorder } = eagerRecorder(store, { outbox: sqliteOutbox(fresh.path) })
    for (const runId of ['bad', '1', '2', '3', '4']) recorder.append(runEvent({ runId }))
    await recorder.flush()
    expect(recorder.diagnostics()).toMatchObject({ accepted: 4, setAside: 1, queued: { runEvents: 0 } })
    await recorder.close()
  })

  test('that refuses an event which the outbox could not keep reports it as lost', async () => {
    const full = sqliteOutbox(fresh.path)
    const outbox = { ...full, put: fail }
    const { recorder, warnings } = eagerRecorder(
      remote(() => refusal(422)),
      { outbox },
    )
    expect(recorder.append(runEvent({ runId: 'bad' }))).toBe(false)
    await recorder.flush()
    expect(recorder.diagnostics()).toMatchObject({ rejected: 1, setAside: 0, queued: { runEvents: 0 } })
    expect(warnings.at(-1)).toContain('was refused and is not recorded: refused with 422.')
    await recorder.close()
  })

  test('that is down loses nothing and sets nothing aside, however long', async () => {
    let isDown = true
    const store = remote(() => isDown && new Error('503.'))
    const { recorder } = eagerRecorder(store, { outbox: sqliteOutbox(fresh.path), flushAttempts: 12 })
    for (let count = 0; count < 10; count++) recorder.append(runEvent())
    await recorder.flush()
    expect(recorder.diagnostics()).toMatchObject({ accepted: 0, setAside: 0, queued: { runEvents: 10 } })
    isDown = false
    await recorder.flush()
    expect(recorder.diagnostics()).toMatchObject({ accepted: 10, queued: { runEvents: 0 } })
    await recorder.close()
  })

  test.each([
    ['text that is cut off', '{"kind":"run-ev'],
    ['no event', '{"kind":"span"}'],
    ['null', 'null'],
    [
      'an event with tokens below zero',
      JSON.stringify(runEvent({ metric: 'tokens', value: { input: -5, output: 0, total: 0 } })),
    ],
  ])('whose outbox has a row with %s gets the others', async (_what, json) => {
    const outbox = sqliteOutbox(fresh.path)
    outbox.put([runEvent({ runId: '1' }), runEvent({ runId: '2' }), runEvent({ runId: '3' })])
    const database = new DatabaseSync(fresh.path)
    database.prepare('UPDATE outbox SET event_json = ? WHERE id = 2').run(json)
    const store = remote(() => undefined)
    const { recorder } = eagerRecorder(store, { outbox })
    await recorder.flush()
    expect((await store.runs.list()).items.map(({ runId }) => runId).sort()).toEqual(['1', '3'])
    expect(outbox.size()).toBe(0)
    expect(database.prepare('SELECT origin, record_json FROM set_aside').all()).toEqual([
      { origin: 'outbox', record_json: json },
    ])
    database.close()
    await recorder.close()
  })

  test('whose outbox has only damaged rows, more than a batch, gets the later ones', async () => {
    const outbox = sqliteOutbox(fresh.path)
    outbox.put(Array.from({ length: 10 }, () => runEvent()))
    const database = new DatabaseSync(fresh.path)
    database.exec("UPDATE outbox SET event_json = ''")
    database.close()
    outbox.put([runEvent({ runId: 'good' })])
    const { recorder } = eagerRecorder(
      remote(() => undefined),
      { outbox, batchSize: 2 },
    )
    await recorder.flush()
    expect(recorder.diagnostics()).toMatchObject({ accepted: 1 })
    await recorder.close()
  })
})

describe('a remote store without an outbox', () => {
  test('that refuses one event for good gets all others, and the event is counted', async () => {
    const store = remote(event => event.runId === 'bad' && refusal(422))
    const { recorder, warnings } = eagerRecorder(store)
    for (const runId of ['1', 'bad', '2']) recorder.append(runEvent({ runId }))
    await recorder.flush()
    expect(recorder.diagnostics()).toMatchObject({ accepted: 2, rejected: 1, queued: { runEvents: 0 } })
    expect(warnings).toEqual(['duration of run bad was refused and is not recorded: refused with 422.'])
  })

  test('that fails for one event gets all others, and gets that one when it accepts it', async () => {
    let isBroken = true
    const store = remote(event => isBroken && event.runId === 'bad' && new Error('500.'))
    const { recorder } = eagerRecorder(store, { leaseMs: 10 })
    for (const runId of ['bad', '1', '2', '3', '4']) recorder.append(runEvent({ runId }))
    await recorder.flush()
    expect(recorder.diagnostics().accepted).toBe(4)
    isBroken = false
    await expect.poll(() => recorder.diagnostics().accepted).toBe(5)
    expect(recorder.diagnostics().queued.runEvents).toBe(0)
    await recorder.close()
  })
})

function fail(): never {
  throw new Error('this throws')
}
