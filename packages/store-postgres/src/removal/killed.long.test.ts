import { setTimeout as sleep } from 'node:timers/promises'
import { newTraceId } from '@runtape/core/internal'
import type { Revision, Store, UsageRow } from '@runtape/core/store'
import { runEvent, span, testTime } from '@runtape/testing'
import { expect, test } from 'vitest'
import { TestProcess } from '../../test/removal/process.ts'
import { tablesWith } from '../../test/removal/tables-with.ts'
import { testSchema, testServer } from '../../test/server.ts'
import { run } from '../../test/subject.ts'
import { postgresStore } from '../index.ts'

const secret = 'ada-lovelace'
const target = { context: { kind: 'user', key: secret } }

function recordsOf(index: number, key: string) {
  const of = { runId: `run-${index}-of-${key}`, traceId: newTraceId(), at: testTime + index }
  const root = span({ traceId: of.traceId, startedAt: of.at, input: { json: `"${key}"` } })
  const tokens = { input: index, output: 1, total: index + 1 }
  return [
    runEvent({ ...of, context: { kind: 'user', key }, metric: 'tokens', value: tokens }),
    runEvent({ ...of, metric: 'feedback', value: { kind: 'negative', comment: key } }),
    root,
    span({ runId: of.runId, startedAt: of.at, output: { json: JSON.stringify(key.repeat(300)) } }),
  ]
}

async function filled(runs: number) {
  const [connectionString, schema] = [await testServer(), testSchema()]
  const store = postgresStore({ connectionString, schema })
  const records = Array.from({ length: runs }, (_, index) => recordsOf(index, index % 10 ? secret : 'bob'))
  await store.append(records.flat())
  return { connectionString, schema, store }
}

/** Bills at revisions during a removal. */
class Bills {
  readonly #kept: { readonly revision: Revision; readonly bill: readonly UsageRow[] }[] = []

  async take(store: Store): Promise<void> {
    const revision = await store.revision()
    const bill = await store.runs.usage({ asOf: revision }).catch(refusal)
    if (bill) this.#kept.push({ revision, bill })
  }

  /** Each is what it was, or is refused. Returns how many are refused. */
  async check(store: Store): Promise<number> {
    let refused = 0
    for (const { revision, bill } of this.#kept) {
      const again = await store.runs.usage({ asOf: revision }).catch(refusal)
      if (again) expect(again).toEqual(bill)
      else refused++
    }
    return refused
  }
}

function refusal(error: { readonly code?: string }): undefined {
  if (error.code !== 'period-pruned') throw error
}

for (const keepTotals of [false, true])
  test(`a process that erases is killed again and again (keepTotals: ${keepTotals}): the next one removes the rest, and no past bill has less`, async () => {
    const { connectionString, schema, store } = await filled(3000)
    const bills = new Bills()
    await bills.take(store)
    let kills = 0
    for (let attempt = 0; attempt < 12; attempt++) {
      const given = JSON.stringify([target, { keepTotals }])
      const eraser = new TestProcess('remover.mjs', [connectionString, schema, 'erase', given])
      await eraser.ready()
      await bills.take(store)
      await sleep(20 + attempt * 40)
      await bills.take(store)
      if (!(await eraser.kill())) break
      kills++
    }
    expect(kills).toBeGreaterThan(2)
    await store.erase(target, { keepTotals })
    expect(await tablesWith(connectionString, schema, secret)).toEqual({})
    const { rows } = await run(connectionString, `SELECT count(*)::int AS n FROM "${schema}".removals`)
    expect(rows).toEqual([{ n: 0 }])
    expect((await store.runs.usage({ contextKey: 'bob' }))[0]?.runs).toBe(300)
    expect((await store.runs.usage())[0]?.runs).toBe(keepTotals ? 3000 : 300)
    const refused = await bills.check(store)
    expect(refused > 0).toBe(!keepTotals)
    await store.close()
  }, 240_000)

test('a process that prunes is killed again and again: the next one removes the rest', async () => {
  const { connectionString, schema, store } = await filled(3000)
  const before = { before: testTime + 2000 }
  const bills = new Bills()
  await bills.take(store)
  let kills = 0
  for (let attempt = 0; attempt < 12; attempt++) {
    const given = JSON.stringify([{ runs: before, traces: before }])
    const pruner = new TestProcess('remover.mjs', [connectionString, schema, 'prune', given])
    await pruner.ready()
    await sleep(20 + attempt * 40)
    await bills.take(store)
    if (!(await pruner.kill())) break
    kills++
  }
  expect(kills).toBeGreaterThan(2)
  await store.prune({ runs: before, traces: before })
  expect((await store.runs.usage())[0]?.runs).toBe(1000)
  expect((await store.health.get()).traces).toBe(2000)
  await bills.check(store)
  await store.close()
}, 240_000)
