import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { RunEvent, SpanRecord } from '@runtape/core'
import { realDelay } from '@runtape/core/internal'
import type { Store } from '@runtape/core/store'
import { memoryStore, runEvent, span, testTime } from '@runtape/testing'
import { describe, expect, test } from 'vitest'
import { assertSameTexts, jsonOf } from '../../../testing/test/same-searches.ts'
import { nextMessage, startChild } from '../../test/children.ts'
import { filesWith } from '../../test/files-with.ts'
import { inWorker } from '../../test/in-worker.ts'
import { scratchDirectory } from '../../test/scratch.ts'
import { sqliteStore } from '../sqlite-store.ts'

const newPath = () => join(scratchDirectory(), 'runtape.db')

/** This many roots and comments that contain a needle. */
const needles = (count: number, name = ''): (RunEvent | SpanRecord)[] =>
  Array.from({ length: count }, (_, index) => index).flatMap(index => [
    span({ startedAt: testTime + index, input: jsonOf([`needle ${name} ${index}`]) }),
    runEvent({
      metric: 'feedback',
      at: testTime + index,
      value: { kind: 'negative', comment: `needle ${index}` },
    }),
  ])

const foundIn = async (store: Store, text = 'needle') =>
  (await store.search({ text, limit: 100_000 })).items.length

describe('search in SQLite', () => {
  test('equals a scan in memory, for any texts and terms', () =>
    assertSameTexts(() => ({ tested: sqliteStore(':memory:', { search: true }), memory: memoryStore() }), 60))

  test('is refused in a file that never kept texts, and for other options', async () => {
    const store = sqliteStore(':memory:')
    await expect(store.search({ text: 'x' })).rejects.toThrow(/search: true/)
    expect(() => sqliteStore(':memory:', { search: 1 as never })).toThrow(
      expect.objectContaining({ code: 'invalid-option' }),
    )
    await store.close()
  })

  test('finds records from before it was on, and those made while it was off', async () => {
    const path = newPath()
    const before = sqliteStore(path, { worker: false })
    await before.append(needles(300, 'old'))
    await before.close()
    const on = sqliteStore(path, { search: true, worker: false })
    expect(await foundIn(on)).toBe(600)
    await on.close()
    const off = sqliteStore(path, { worker: false })
    await off.append(needles(10, 'later'))
    const answer = await off.search({ text: 'needle', limit: 10_000 })
    expect(answer.items.length).toBe(600)
    expect(answer.completeTo).not.toBe(await off.revision())
    await off.close()
    const again = sqliteStore(path, { search: true, worker: false })
    const whole = await again.search({ text: 'needle', limit: 10_000 })
    expect([whole.items.length, whole.completeTo]).toEqual([620, await again.revision()])
    await again.close()
  })

  test('takes in texts in the worker after they were written, while others write', async () => {
    const path = newPath()
    const store = await inWorker(sqliteStore(path, { worker: true, search: true }))
    const other = sqliteStore(path, { worker: false })
    for (let index = 0; index < 20; index++) {
      store.appendSync(needles(5))
      await other.append(needles(5))
    }
    const taken = () =>
      new DatabaseSync(path, { readOnly: true }).prepare('SELECT count(*) AS n FROM search_texts').get()?.n
    for (let looks = 0; taken() !== 600 && looks < 500; looks++) await realDelay(20)
    // Each root has its default output, too.
    expect(taken()).toBe(600)
    expect(await foundIn(store)).toBe(400)
    await other.close()
    await store.close()
  })

  test('is complete and finds nothing twice when two processes take in the same texts, and one is killed', async () => {
    const path = newPath()
    const store = sqliteStore(path, { worker: false })
    await store.append(needles(2000))
    const children = [0, 1, 2].map(() => startChild('text-filler.mjs', [path]))
    await Promise.all(children.map(nextMessage))
    const [victim, ...others] = children
    const answers = Promise.all(others.map(nextMessage))
    for (const child of children) child.send('go')
    await realDelay(30)
    victim?.kill('SIGKILL')
    await answers
    const last = sqliteStore(path, { worker: false, search: true })
    const answer = await last.search({ text: 'needle', limit: 100_000 })
    expect([answer.items.length, answer.completeTo]).toEqual([4000, await last.revision()])
    await last.close()
    await store.close()
  })

  test('leaves no byte of an erased person in any file', async () => {
    const directory = scratchDirectory()
    const store = sqliteStore(join(directory, 'runtape.db'), { search: true })
    const secret = 'Ada-Lovelace-of-Ockham'
    const contains = (text: string) => filesWith(directory, text)
    for (let index = 0; index < 100; index++) {
      const name = index % 5 === 0 ? secret : `other-${index}`
      const context = { kind: 'user', key: name }
      const { runId } = runEvent()
      await store.append([
        span({ runId, input: jsonOf([`${name} `.repeat(index * 20)]), output: jsonOf({ text: name }) }),
        runEvent({ runId, context }),
        runEvent({ runId, context, metric: 'feedback', value: { kind: 'positive', comment: name } }),
      ])
    }
    expect(await foundIn(store, secret.toUpperCase())).toBe(59)
    expect(contains(secret.toLowerCase())).not.toEqual([])
    await store.erase({ context: { kind: 'user', key: secret } }, { keepTotals: true })
    expect(await foundIn(store, secret)).toBe(0)
    await store.vacuum()
    for (const text of [secret, secret.toLowerCase()]) expect(contains(text)).toEqual([])
    expect(contains('other-')).not.toEqual([])
    await store.close()
    for (const text of [secret, secret.toLowerCase()]) expect(contains(text)).toEqual([])
  })
})
