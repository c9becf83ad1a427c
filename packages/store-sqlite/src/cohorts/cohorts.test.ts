import { once } from 'node:events'
import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import type { Cohort, CohortItem, Store } from '@runtape/core/store'
import { memoryStore, payload, runEvent, span } from '@runtape/testing'
import fc from 'fast-check'
import { expect, test, vi } from 'vitest'
import { nextMessage, startChild } from '../../test/children.ts'
import { scratchDirectory } from '../../test/scratch.ts'
import { sqliteStore } from '../sqlite-store.ts'

async function tracesIn(store: Store, count: number): Promise<string[]> {
  const roots = Array.from({ length: count }, () => span())
  await store.append(roots)
  return roots.map(({ traceId }) => traceId)
}

async function all(store: Store, cohort: string): Promise<CohortItem[]> {
  const items: CohortItem[] = []
  let cursor: string | undefined
  do {
    const page = await store.cohorts.entries(cohort, { limit: 500, ...(cursor !== undefined && { cursor }) })
    items.push(...page.items)
    cursor = page.nextCursor
  } while (cursor !== undefined)
  return items
}

const put = (ids: readonly string[]) => ids.map(traceId => ({ traceId }))

test('a change that a process was killed in leaves nothing, and the next change continues', async () => {
  const path = join(scratchDirectory(), 'runtape.db')
  const store = sqliteStore(path, { worker: false })
  const ids = await tracesIn(store, 6000)
  await store.cohorts.create('x', { put: put(ids.slice(0, 2)) })
  const child = startChild('cohort-writer.mjs', [path, 'x'])
  await nextMessage(child)
  const file = new DatabaseSync(path)
  file.exec('PRAGMA busy_timeout = 5000')
  const written = () => {
    const row = file.prepare('SELECT count(*) AS n FROM cohort_entries WHERE since = 2').get()
    return (row as { n: number }).n
  }
  child.send('go')
  await vi.waitFor(() => expect(written()).toBeGreaterThan(100), { timeout: 15_000, interval: 1 })
  child.kill('SIGKILL')
  await once(child, 'exit')
  const found = await store.cohorts.get('x')
  expect([found?.version, found?.size]).toEqual([1, 2])
  expect(await all(store, 'x')).toHaveLength(2)
  // Expires the hold of the killed change without waiting for it.
  file.exec('UPDATE cohorts SET writing_until = 0')
  const next = await store.cohorts.change('x', { put: put(ids.slice(2, 3)), remove: ids.slice(0, 1) })
  expect([next.version, next.size]).toEqual([2, 2])
  expect((await all(store, 'x')).map(({ traceId }) => traceId)).toEqual(ids.slice(1, 3))
  file.close()
  await store.close()
})

test('the bytes of what was expected of an erased trace, of its notes and reviews are in no file', async () => {
  const directory = scratchDirectory()
  const store = sqliteStore(join(directory, 'runtape.db'))
  const secret = 'Ada-Lovelace-of-Ockham'
  const context = { kind: 'user', key: secret }
  const root = span({ runId: 'hers' })
  const { traceId } = root
  await store.append([root, runEvent({ runId: 'hers', traceId, context })])
  const [other = ''] = await tracesIn(store, 1)
  await store.cohorts.create('x', { put: put([other, traceId]), comment: 'both stay' })
  const entry = { traceId, expected: payload({ name: secret }), note: `of ${secret}` }
  await store.cohorts.change('x', { put: [entry], comment: `asked by ${secret}` })
  await store.cohorts.change('x', { put: [{ ...entry, note: `still of ${secret}` }] })
  await store.reviews.put({ runId: 'hers', by: 'bo', comment: `for ${secret}`, scores: { [secret]: 1 } })
  await store.reviews.put({ traceId, by: 'bo', comment: `a trace of ${secret}` })
  await store.reviews.withdraw({ traceId, by: 'bo' })
  const holding = () =>
    readdirSync(directory).filter(name => readFileSync(join(directory, name)).includes(secret))
  expect(holding()).not.toEqual([])
  await store.erase({ context })
  expect(await store.vacuum()).toBeUndefined()
  expect(holding()).toEqual([])
  expect((await store.cohorts.get('x'))?.gone).toBe(1)
  await store.close()
  expect(holding()).toEqual([])
})

type Step =
  | {
      readonly do: 'change'
      readonly put: readonly number[]
      readonly remove: readonly number[]
      readonly note: string | null
    }
  | { readonly do: 'erase'; readonly trace: number }
  | { readonly do: 'again' }

const traces = 6
const some = fc.uniqueArray(fc.nat(traces - 1), { maxLength: 4 })
const step: fc.Arbitrary<Step> = fc.oneof(
  {
    weight: 8,
    arbitrary: fc.record({
      do: fc.constant('change' as const),
      put: some,
      remove: some,
      note: fc.constantFrom('a', 'b', null),
    }),
  },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('erase' as const), trace: fc.nat(traces - 1) }) },
  { weight: 1, arbitrary: fc.record({ do: fc.constant('again' as const) }) },
)

async function apply(store: Store, ids: readonly string[], one: Step): Promise<string> {
  const named = (numbers: readonly number[]) => numbers.map(at => ids[at] ?? '')
  try {
    if (one.do === 'erase') await store.erase({ traceId: ids[one.trace] ?? '' })
    if (one.do === 'again') {
      await store.cohorts.remove('x')
      await store.cohorts.create('x')
    }
    if (one.do !== 'change') return one.do
    const remove = named(one.remove.filter(at => !one.put.includes(at)))
    const puts = named(one.put).map(traceId => ({ traceId, note: one.note }))
    return String(
      (await store.cohorts.change('x', { put: puts, remove, comment: one.note ?? 'none' })).version,
    )
  } catch (error) {
    return (error as { code: string }).code
  }
}

const timeless = <T extends Cohort>({ at: _, ...rest }: T) => rest

/** Everything that is visible to readers, without times. */
async function seen(store: Store): Promise<unknown> {
  const { items: versions } = await store.cohorts.versions('x', { limit: 1000 })
  const entries = await Promise.all(versions.map(({ version }) => all(store, `x@${version}`)))
  const cohorts = await Promise.all(versions.map(({ version }) => store.cohorts.get(`x@${version}`)))
  return {
    versions: versions.map(({ at: _, ...rest }) => rest),
    entries,
    cohorts: cohorts.map(each => each && timeless(each)),
  }
}

test('cohorts are as in the memory store, whatever is changed and erased', async () => {
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 12 }), async steps => {
      const [file, memory] = [sqliteStore(':memory:'), memoryStore()]
      const roots = Array.from({ length: traces }, () => span())
      const ids = roots.map(({ traceId }) => traceId)
      for (const store of [file, memory]) {
        await store.append(roots)
        await store.cohorts.create('x')
      }
      for (const one of steps) {
        expect(await apply(file, ids, one)).toBe(await apply(memory, ids, one))
        expect(await seen(file)).toEqual(await seen(memory))
      }
      await file.close()
    }),
    {
      numRuns: 40,
      examples: [
        [
          [
            { do: 'change', put: [4], remove: [], note: 'a' },
            { do: 'erase', trace: 4 },
            { do: 'change', put: [], remove: [4], note: 'a' },
            { do: 'erase', trace: 0 },
          ],
        ],
      ],
    },
  )
}, 120_000)
