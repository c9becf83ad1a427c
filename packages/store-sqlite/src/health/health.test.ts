import { readdirSync, readFileSync } from 'node:fs'
import { join } from 'node:path'
import { DatabaseSync } from 'node:sqlite'
import { runEvent, span, testTime } from '@runtape/testing'
import { expect, test } from 'vitest'
import { scratchDirectory } from '../../test/scratch.ts'
import { inspectSqlite } from '../inspect.ts'
import { sqliteStore } from '../sqlite-store.ts'

const feedback = (runId: string, comment: string) =>
  runEvent({ runId, metric: 'feedback', value: { kind: 'negative', comment } })

test('a conflict is counted in the transaction that refused it', async () => {
  const database = new DatabaseSync(':memory:')
  const store = sqliteStore(database)
  await store.append([feedback('a', 'one'), feedback('b', 'one')])
  database.exec("CREATE TRIGGER full BEFORE INSERT ON health_samples BEGIN SELECT raise(ABORT, 'full'); END")
  await expect(store.append([runEvent({ runId: 'c' }), feedback('a', 'two')])).rejects.toThrow('full')
  expect(store.diagnostics().counts).toBeUndefined()
  database.exec('DROP TRIGGER full')
  const receipt = await store.append([runEvent({ runId: 'c' }), feedback('a', 'two')])
  expect(receipt.conflicts).toBe(1)
  expect(store.diagnostics().counts).toMatchObject([{ kind: 'conflict', count: 1 }])
  await store.close()
})

test('samples of an erased person are in no file', async () => {
  const folder = scratchDirectory()
  const path = join(folder, 'runtape.db')
  const store = sqliteStore(path, { worker: false })
  const context = { kind: 'user', key: 'ann' }
  const [secret, more] = ['SecretOfAnn', 'AnotherSecret']
  await store.append(Array.from({ length: 50 }, (_, run) => feedback(`run-${run}`, 'fine')))
  await store.append([{ ...feedback('run-ann', secret), context }, runEvent({ runId: 'run-ann', context })])
  await store.append([{ ...feedback('run-ann', more), context }])
  const first = span({ runId: 'run-ann', input: { json: `"${secret}"` } })
  await store.append([first, { ...first, input: { json: `"${more}"` } }])
  expect(store.diagnostics().counts?.[0]?.samples).toHaveLength(2)
  await store.erase({ context })
  await store.close()
  for (const file of readdirSync(folder))
    for (const text of [secret, more, 'run-ann'])
      expect([file, readFileSync(join(folder, file)).includes(text)]).toEqual([file, false])
})

test('records that were set aside are counted, and all counts are inspected without changing the file', async () => {
  const path = join(scratchDirectory(), 'runtape.db')
  const store = sqliteStore(path, { worker: false, retention: { traces: '30d' } })
  store.setAside.put(runEvent({ runId: 'a' }), 'too large')
  await store.append([runEvent({ runId: 'b', at: 5 })])
  const { counts, retention, bytes } = await store.health.get()
  expect(counts.map(({ kind, count, samples }) => [kind, count, samples[0]?.reason])).toEqual([
    ['misdated', 1, 'its time is 5'],
    ['set-aside', 1, 'too large'],
  ])
  expect([retention, (bytes ?? 0) > 4096]).toEqual([{ traces: '30d' }, true])
  await store.close()
  expect(inspectSqlite(path).counts).toEqual(counts)
})

test('an hour of conflicts keeps ten samples and no more than a hash of the others', async () => {
  const database = new DatabaseSync(':memory:')
  const store = sqliteStore(database)
  const runs = Array.from({ length: 500 }, (_, run) => `run-${run}`)
  await store.append(runs.map(runId => feedback(runId, 'one')))
  await store.append(runs.map(runId => feedback(runId, 'two')))
  const count = (table: string) => database.prepare(`SELECT count(*) AS n FROM ${table}`).get()?.n
  expect([count('health_samples'), count('health_conflicts'), count('health_counts')]).toEqual([10, 500, 1])
  await store.prune({ runs: { before: testTime + 60_000 } })
  expect(count('health_conflicts')).toBe(500)
  await store.prune({ runs: { before: Date.now() + 60_000 } })
  expect([count('health_samples'), count('health_conflicts')]).toEqual([0, 0])
  expect(store.diagnostics().counts).toMatchObject([{ count: 500 }])
  await store.close()
})

test('many reporters of long ago keep one row, and nothing is counted twice', async () => {
  const database = new DatabaseSync(':memory:')
  const store = sqliteStore(database)
  const report = (reporter: string, count: number, at: number) =>
    store.health.report({
      reporter,
      counts: [{ kind: 'rejected', count, firstAt: at, lastAt: at, samples: [] }],
    })
  const long = Date.now() - 90 * 86_400_000
  for (let reporter = 0; reporter < 1100; reporter++) await report(`old-${reporter}`, 2, long)
  const now = Date.now()
  for (const reporter of ['a', 'b', 'a']) await report(reporter, 5, now)
  const rows = database.prepare('SELECT count(*) AS n FROM health_counts').get()?.n
  expect(rows).toBeLessThan(1000)
  expect(store.diagnostics().counts).toMatchObject([{ count: 2210, firstAt: long, lastAt: now }])
  await store.close()
})
