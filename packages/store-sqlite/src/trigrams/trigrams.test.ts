import { copyFileSync, existsSync, rmSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { RunEvent, SpanRecord } from '@runtape/core'
import type { SearchQuery, Store } from '@runtape/core/store'
import { memoryStore, runEvent, span, testTime } from '@runtape/testing'
import fc from 'fast-check'
import { describe, expect, test, vi } from 'vitest'
import { filesWith } from '../../test/files-with.ts'
import { scratchDirectory } from '../../test/scratch.ts'
import { Database } from '../database/database.ts'
import { sqliteStore } from '../sqlite-store.ts'
import { readCandidates, usableIndex } from './candidates.ts'
import { hasFts5, TrigramFile } from './trigram-file.ts'
import { TrigramFiller } from './trigram-filler.ts'
import { createTable } from './trigram-schema.ts'

const json = (value: unknown) => ({ json: JSON.stringify(value) })
const newPath = () => join(scratchDirectory(), 'runtape.db')
const isAble = hasFts5(new Database(new DatabaseSync(':memory:'), 'memory'))

const roots = (count: number, text: (index: number) => string): SpanRecord[] =>
  Array.from({ length: count }, (_, index) =>
    span({ startedAt: testTime + index, input: json(text(index)), output: json('') }),
  )

/** A connection that builds the index, as the worker does. */
function indexer(path: string) {
  const main = new Database(new DatabaseSync(path), path)
  const file = new TrigramFile(main)
  const filler = new TrigramFiller(main, file)
  return {
    main,
    file,
    fill(most = Number.POSITIVE_INFINITY): number {
      let steps = 0
      while (steps < most && filler.step() === 'done') steps++
      return steps
    },
    /** Texts that the index proposes, and how many it lacks; `undefined` if it cannot be used. */
    async proposes(term: string) {
      const usable = await usableIndex(main, file, term)
      if (usable === undefined) return undefined
      const { value } = [...drained(readCandidates(main, usable))].at(-1) ?? {}
      return (
        value && {
          ids: value.ids,
          missing: value.missing.reduce((sum, each) => sum + each.to - each.after, 0),
        }
      )
    },
    close(): void {
      file.close()
      main.close()
    },
  }
}

function* drained<T>(work: Generator<undefined, T>): Generator<{ readonly value: T }> {
  for (;;) {
    const { done, value } = work.next()
    if (done) return yield { value }
  }
}

const texts = async (store: Store, query: SearchQuery): Promise<string[]> => {
  const hits: string[] = []
  for (let cursor: string | undefined; ; ) {
    const page = await store.search({ ...query, ...(cursor !== undefined && { cursor }) })
    hits.push(...page.items.map(hit => JSON.stringify(hit, Object.keys(hit).sort())))
    cursor = page.nextCursor
    if (cursor === undefined) return hits.sort()
  }
}

describe.runIf(isAble)('the index of search', () => {
  test('is filled in steps after a kill, proposes only texts with the term, and lacks none', async () => {
    const path = newPath()
    const store = sqliteStore(path, { search: true, worker: false })
    await store.append(roots(700, index => (index % 100 === 7 ? `a needle ${index}` : `some hay ${index}`)))
    expect((await texts(store, { text: 'needle' })).length).toBe(7)
    const first = indexer(path)
    expect(first.fill(2)).toBe(2)
    const half = await first.proposes('needle')
    expect(half?.missing).toBeGreaterThan(0)
    expect((await texts(store, { text: 'needle' })).length).toBe(7)
    first.close()
    const second = indexer(path)
    expect(second.fill()).toBeGreaterThan(1)
    expect(await second.proposes('needle')).toMatchObject({ missing: 0, ids: { length: 7 } })
    expect((await texts(store, { text: 'NEEDLE', limit: 2 })).length).toBe(7)
    // That the store asks the index is seen only with a wrong one.
    second.file.open()?.exec(`DROP TABLE trigrams_0; ${createTable(0)}`)
    expect((await texts(store, { text: 'NEEDLE' })).length).toBe(0)
    expect((await texts(store, { text: 'NE' })).length).toBe(7)
    second.close()
    await store.close()
  })

  test('finds what memory finds, for any texts and terms, however much of it is filled and erased', async () => {
    const letter = fc.constantFrom(...'aBßẞΣςü界😀"%*\0İı\uffff\ufffe \n', 'u\u0308', '\ud800')
    const text = fc.string({ unit: letter, minLength: 1, maxLength: 14 })
    const record = fc.record({ text, comment: text, at: fc.nat(20) })
    const run = fc.array(record, { minLength: 1, maxLength: 8 })
    const plan = fc.record({
      before: run,
      after: run,
      steps: fc.nat(4),
      terms: fc.array(text, { maxLength: 3 }),
    })
    await fc.assert(
      fc.asyncProperty(plan, fc.nat(7), async ({ before, after, steps, terms }, erased) => {
        const path = newPath()
        const [sqlite, memory] = [sqliteStore(path, { search: true, worker: false }), memoryStore()]
        const other = indexer(path)
        const [old, late] = [before.flatMap(recordsOf), after.flatMap(recordsOf)]
        for (const store of [sqlite, memory]) await store.append(old)
        await sqlite.search({ text: 'x' })
        other.fill(steps)
        const { runId = '' } = old[erased % old.length] as RunEvent
        for (const store of [sqlite, memory]) await store.erase({ runId })
        other.fill(steps % 2)
        for (const store of [sqlite, memory]) await store.append(late)
        const all = [...terms, ...before.map(each => each.text.slice(0, 5)), 'aB', '"%*']
        for (const term of all.filter(each => each.trim() !== ''))
          for (const query of [{ limit: 2 }, { since: testTime + 5 }, { outcome: 'unfinished' }] as const)
            expect(await texts(sqlite, { text: term, ...query })).toEqual(
              await texts(memory, { text: term, ...query }),
            )
        other.close()
        await sqlite.close()
      }),
      { numRuns: 25 },
    )
  }, 120_000)

  test('is built by the worker, and erasing leaves nothing of a person in it', async () => {
    const directory = scratchDirectory()
    const store = sqliteStore(join(directory, 'runtape.db'), { search: true, worker: true })
    const secret = 'ꙮѫ界'
    const runIds = Array.from({ length: 40 }, () => runEvent().runId)
    const root = (runId: string, index: number) =>
      span({ runId, input: json(`text ${index} ${index % 4 ? 'of another' : secret} person`) })
    for (const [index, runId] of runIds.entries())
      await store.append([
        runEvent({ runId, context: { kind: 'user', key: `${index % 4}` } }),
        root(runId, index),
      ])
    await vi.waitFor(() => expect(filesWith(directory, secret)).toContain('runtape.db.search'), 10_000)
    expect((await texts(store, { text: secret })).length).toBe(10)
    const receipt = await store.erase({ context: { kind: 'user', key: '0' } })
    expect(receipt.traces).toBe(10)
    await store.vacuum()
    expect(filesWith(directory, secret)).toEqual([])
    expect(await texts(store, { text: secret })).toEqual([])
    await vi.waitFor(() => expect(filesWith(directory, 'ano')).toContain('runtape.db.search'), 10_000)
    expect((await texts(store, { text: 'of another' })).length).toBe(30)
    await store.close()
    expect(filesWith(directory, secret)).toEqual([])
  })

  test('does not hide texts of a database that was put back from a backup, with other texts since', async () => {
    const path = newPath()
    const backup = `${path}.backup`
    const begun = sqliteStore(path, { search: true, worker: false })
    await begun.append(roots(50, index => `first ${index}`))
    await texts(begun, { text: 'first' })
    const before = indexer(path)
    before.fill()
    await begun.backup(backup)
    await begun.append(roots(50, index => `second ${index}`))
    await texts(begun, { text: 'second' })
    before.fill()
    expect(await before.proposes('second 7')).toMatchObject({ ids: { length: 1 }, missing: 0 })
    before.close()
    await begun.close()
    copyFileSync(backup, path)
    const back = sqliteStore(path, { search: true, worker: false })
    await back.append(roots(50, index => `third ${index}`))
    expect((await texts(back, { text: 'third' })).length).toBe(50)
    const after = indexer(path)
    expect(await after.proposes('third')).toBeUndefined()
    after.fill()
    expect(await after.proposes('third')).toMatchObject({ ids: { length: 50 }, missing: 0 })
    expect(
      [...(await texts(back, { text: 'third' })), ...(await texts(back, { text: 'second' }))].length,
    ).toBe(50)
    after.close()
    await back.close()
  })

  test('is built again after its file was removed or damaged', async () => {
    const path = newPath()
    const store = sqliteStore(path, { search: true, worker: false })
    await store.append(roots(50, index => `needle ${index}`))
    const count = async () => (await texts(store, { text: 'needle' })).length
    expect(await count()).toBe(50)
    const other = indexer(path)
    other.fill()
    rmSync(`${path}.search`)
    expect(await count()).toBe(50)
    other.fill()
    expect(existsSync(`${path}.search`)).toBe(true)
    expect(await other.proposes('needle')).toMatchObject({ ids: { length: 50 }, missing: 0 })
    expect(await count()).toBe(50)
    other.close()
    await store.close()
  })
})

const recordsOf = ({
  text,
  comment,
  at,
}: {
  readonly text: string
  readonly comment: string
  readonly at: number
}) => {
  const { runId } = runEvent()
  const startedAt = testTime + at
  return [
    runEvent({ runId, at: startedAt, metric: 'feedback', value: { kind: 'negative', comment } }),
    span({ startedAt, runId, input: json({ text }), output: json([text, comment]) }),
  ]
}
