import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { RunEvent, SpanRecord } from '@runtape/core'
import { newSpanId, newTraceId } from '@runtape/core/internal'
import type { EraseTarget } from '@runtape/core/store'
import { runEvent, span } from '@runtape/testing'
import { describe, expect, test, vi } from 'vitest'
import { nextMessage, startChild } from '../../test/children.ts'
import { scratchDirectory } from '../../test/scratch.ts'
import { sqliteOutbox } from '../outbox.ts'
import { sqliteStore } from '../sqlite-store.ts'

const secret = 'Ada-Lovelace-of-Ockham'

/** Reproducible pseudo-random numbers from 0 to 1. */
function numbers(seed: number): () => number {
  let state = seed
  return () => {
    state = (state * 1103515245 + 12345) % 2 ** 31
    return state / 2 ** 31
  }
}

/** A person's run and trace, with payloads of many sizes: in the row, shared, and in parts. */
function recordsOf(name: string, index: number, random: () => number): (RunEvent | SpanRecord)[] {
  const [runId, traceId] = [`run-${name}-${index}`, newTraceId()]
  const fields = { runId, traceId, context: { kind: 'user', key: name, mail: `${name}@example.com` } }
  const text = (length: number) => JSON.stringify(`${name} `.repeat(Math.ceil(length / name.length)))
  const root = span({
    traceId,
    runId,
    sessionId: `session of ${name}`,
    tags: [name],
    metadata: { name },
    input: { json: text(random() * 3000) },
    output: { json: text(random() < 0.02 ? 700_000 : 20_000 * random()) },
    error: { name: 'Error', message: name, value: { json: text(10) } },
  })
  const child = span({ traceId, parentSpanId: root.spanId, input: root.input, name })
  const replay = { testRunId: 't', sourceTraceId: traceId, mocked: false }
  return [
    runEvent({ ...fields, attributes: { name } }),
    runEvent({ ...fields, metric: `tool-call:${name}`, value: { name } }),
    runEvent({ ...fields, metric: 'feedback', value: { kind: 'positive', comment: name } }),
    runEvent({ ...fields, metric: 'outcome', value: { status: 'error', error: { name, message: name } } }),
    root,
    child,
    span({ traceId: newTraceId(), spanId: newSpanId(), replay, input: root.input }),
  ]
}

/** The files that contain the text. */
const filesWith = (directory: string, text: string): string[] =>
  readdirSync(directory).filter(file => readFileSync(join(directory, file)).includes(text))

const ofPerson: EraseTarget = { context: { kind: 'user', key: secret } }

describe('the bytes of an erased person', () => {
  test.each([1, 2, 3])(
    'are in no file of the database, whatever was stored next to them, with seed %i',
    async seed => {
      const directory = scratchDirectory()
      const store = sqliteStore(join(directory, 'runtape.db'))
      const random = numbers(seed)
      for (let index = 0; index < 150; index++)
        await store.append(recordsOf(random() < 0.2 ? secret : `other-${index}`, index, random))
      await store.runs.usage({ groupBy: ['contextKey'] })
      const record = runEvent({ runId: 'x', context: { kind: 'user', key: secret } })
      // `put` does not wait for the lock, which the worker may have.
      await vi.waitFor(() => store.setAside.put(record, 'for a test'))
      expect(filesWith(directory, secret).length).toBeGreaterThan(0)
      const receipt = await store.erase(ofPerson, { keepTotals: seed === 2 })
      expect(receipt).toMatchObject({ waiting: 1 })
      expect(receipt.leftover).toMatch(/copies of short texts/)
      expect(await store.vacuum()).toBeUndefined()
      expect(filesWith(directory, secret)).toEqual([])
      expect(filesWith(directory, 'other-')).not.toEqual([])
      await store.close()
      expect(filesWith(directory, secret)).toEqual([])
    },
    60_000,
  )

  test('in an outbox are in none of its files once they were sent or erased', async () => {
    const directory = scratchDirectory()
    const path = join(directory, 'outbox.db')
    const outbox = sqliteOutbox(path)
    outbox.put([runEvent({ context: { kind: 'user', key: secret } })])
    outbox.acknowledge(outbox.lease(1, 1000).map(({ id }) => id))
    outbox.put([runEvent({ context: { kind: 'user', key: secret } }), runEvent()])
    outbox.close()
    const store = sqliteStore(path)
    expect(await store.erase(ofPerson, { dryRun: true })).toMatchObject({ waiting: 1 })
    expect(await store.erase(ofPerson)).toMatchObject({ waiting: 1 })
    expect(filesWith(directory, secret)).toEqual([])
    await store.close()
  })

  test.each([
    ['small', 2],
    ['large, with vacuum', 150],
  ])(
    'are in no file while another process uses the database, nor after it has ended (%s)',
    async (_size, others) => {
      const directory = scratchDirectory()
      const path = join(directory, 'runtape.db')
      const store = sqliteStore(path, { worker: true })
      const random = numbers(7)
      for (let index = 0; index < others; index++)
        await store.append(recordsOf(index % 5 === 1 ? secret : `other-${index}`, index, random))
      const child = startChild('store-user.mjs', [path])
      await nextMessage(child)
      expect(await store.runs.list({ contextKey: secret })).not.toMatchObject({ items: [] })
      let receipt = await store.erase(ofPerson)
      // Retries, because the other process may just have been reading.
      while (receipt.leftover?.includes('Another process reads')) receipt = await store.erase(ofPerson)
      if (receipt.leftover !== undefined) while ((await store.vacuum()) !== undefined);
      expect(filesWith(directory, secret)).toEqual([])
      child.send('stop')
      await nextMessage(child)
      expect(filesWith(directory, secret)).toEqual([])
      await store.close()
      expect(filesWith(directory, secret)).toEqual([])
    },
    60_000,
  )

  test('stay in the log while another process reads, and the receipt says so', async () => {
    const directory = scratchDirectory()
    const path = join(directory, 'runtape.db')
    const store = sqliteStore(path)
    await store.append(recordsOf(secret, 1, numbers(1)))
    const reader = new DatabaseSync(path)
    reader.exec('BEGIN; SELECT count(*) FROM runs')
    reader.prepare('SELECT count(*) FROM run_events').get()
    expect((await store.erase(ofPerson)).leftover).toMatch(/Another process reads/)
    reader.exec('COMMIT')
    reader.close()
    expect((await store.erase(ofPerson)).leftover).toBeUndefined()
    expect(filesWith(directory, secret)).toEqual([])
    await store.close()
  })
})
