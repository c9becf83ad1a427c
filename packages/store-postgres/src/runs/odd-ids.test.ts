import type { Store } from '@runtape/core/store'
import { runEvent } from '@runtape/testing'
import { expect, test } from 'vitest'
import { testSubject } from '../../test/subject.ts'

// Postgres orders them by their bytes, and JavaScript in another way.
const starts = [
  'lone \ud800',
  'a\0b',
  '\uffff"q"',
  '\uff01',
  '😀',
  'x'.repeat(3000),
  `x${'😀'.repeat(300)}`,
  'plain',
]

async function idsByCost(store: Store, order: 'ascending' | 'descending'): Promise<string[]> {
  const ids: string[] = []
  for (let cursor: string | undefined; ; ) {
    const page = await store.runs.list({ sort: 'cost', order, limit: 7, ...(cursor && { cursor }) })
    ids.push(...page.items.map(({ runId }) => runId))
    if (page.nextCursor === undefined) return ids
    cursor = page.nextCursor
  }
}

test('pages contain each run once, whatever its id, if all have the same place in the order', async () => {
  const { store, dispose } = await testSubject()
  const ids = starts.flatMap(start => Array.from({ length: 5 }, (_, index) => `${start}${index}`))
  await store.append(ids.map(runId => runEvent({ runId })))
  for (const order of ['ascending', 'descending'] as const) {
    const found = await idsByCost(store, order)
    expect(found).toHaveLength(ids.length)
    expect(new Set(found)).toEqual(new Set(ids))
  }
  await dispose?.()
}, 60_000)
