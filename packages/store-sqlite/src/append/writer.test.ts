import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { RunEvent, TapeRecord } from '@runtape/core'
import { payload, runEvent, span } from '@runtape/testing'
import { describe, expect, test } from 'vitest'
import { plainHandle } from '../../test/plain-handle.ts'
import { scratchDirectory } from '../../test/scratch.ts'
import { sqliteStore } from '../sqlite-store.ts'

describe('appendSync', () => {
  test('stores nothing of a batch with an invalid record', async () => {
    const store = sqliteStore(':memory:')
    const event = runEvent()
    const bad: TapeRecord[] = [
      span({ metadata: { id: 1n } }),
      { ...runEvent(), configKey: undefined } as unknown as RunEvent,
      { ...runEvent(), configKey: null } as unknown as RunEvent,
      { ...runEvent(), value: undefined } as unknown as RunEvent,
      { ...runEvent(), version: 'one' } as unknown as RunEvent,
    ]
    for (const record of bad) {
      expect(() => store.appendSync([event, record])).toThrow(
        expect.objectContaining({ code: 'invalid-record' }),
      )
      await expect(store.append([event, record])).rejects.toMatchObject({ code: 'invalid-record' })
    }
    expect(await store.runs.get(event.runId)).toBeUndefined()
    expect(store.appendSync([event]).accepted).toBe(1)
  })
})

describe('append', () => {
  test('lets other work run in between, whatever the size of the batch', async () => {
    const store = sqliteStore(':memory:')
    const large = payload('x'.repeat(2000))
    const spans = Array.from({ length: 3000 }, () => span({ input: large }))
    let turns = 0
    let done = false
    const turn = (): void => {
      turns++
      if (!done) setImmediate(turn)
    }
    turn()
    expect((await store.append(spans)).accepted).toBe(3000)
    done = true
    expect(turns).toBeGreaterThan(5)
  })
})

describe('the database', () => {
  test('stores payloads as JSON that SQL can query', async () => {
    const path = join(scratchDirectory(), 'runtape.db')
    const store = sqliteStore(path)
    const input = { json: '[{"ticket":{"order":"A-17"}}]', meta: [[[0, 'at'], 'Date']] as const }
    store.appendSync([span({ input: { ...input, meta: [[[0, 'at'], 'Date']] }, key: 'orders.lookup' })])
    await store.close()
    const database = new DatabaseSync(path, { readOnly: true })
    const row = database
      .prepare("SELECT json_extract(input_json, '$[0].ticket.order') AS found, input_json FROM spans")
      .get()
    database.close()
    expect({ ...row }).toEqual({ found: 'A-17', input_json: input.json })
  })

  test('can be an open handle, which the store then closes', async () => {
    const database = new DatabaseSync(':memory:')
    const store = sqliteStore(plainHandle(database))
    const event = runEvent()
    expect(await store.append([event, event])).toMatchObject({ accepted: 1, duplicates: 1 })
    expect((await store.runs.get(event.runId))?.events).toEqual([event])
    await store.close()
    await expect(store.append([event])).rejects.toThrow('"elsewhere.db" was closed')
    expect(() => database.exec('SELECT 1')).toThrow('not open')
  })
})
