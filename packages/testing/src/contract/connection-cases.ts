import assert from 'node:assert/strict'
import type { RunEvent, TapeRecord } from '@runtape/core'
import type { Store } from '@runtape/core/store'
import { runEvent, span } from '../records.ts'
import type { StoreContractCase, StoreSubject } from './case.ts'
import { tokens } from './runs/runs.ts'

/** The store, and a second connection to its data. */
async function withTwo(subject: StoreSubject, check: (a: Store, b: Store) => Promise<void>): Promise<void> {
  const second = await subject.connect?.()
  assert.ok(second, 'the subject has no second connection')
  try {
    await check(subject.store, second)
  } finally {
    await second.close()
  }
}

const batchOf = (records: readonly TapeRecord[], size: number): TapeRecord[][] =>
  Array.from({ length: Math.ceil(records.length / size) }, (_, at) =>
    records.slice(at * size, (at + 1) * size),
  )

/** Appends in batches, one after the other; returns how many were accepted. */
async function appendAll(store: Store, records: readonly TapeRecord[], size: number): Promise<number> {
  let accepted = 0
  for (const batch of batchOf(records, size)) accepted += (await store.append(batch)).accepted
  return accepted
}

const runsOf = (count: number, total: number): RunEvent[] =>
  Array.from({ length: count }, (_, run) =>
    runEvent({ runId: `run-${run}`, metric: 'tokens', value: tokens(total, 0) }),
  )

export const connectionCases: readonly StoreContractCase[] = [
  {
    title: 'connections: a record appended by two at the same time is accepted once',
    needs: 'connect',
    check: subject =>
      withTwo(subject, async (a, b) => {
        const spans = Array.from({ length: 50 }, () => span())
        const records = [...runsOf(150, 1), ...spans]
        const accepted = await Promise.all([
          appendAll(a, records, 7),
          appendAll(b, records.toReversed(), 11),
          appendAll(a, records.toReversed(), 5),
          appendAll(b, records, 13),
        ])
        assert.equal(
          accepted.reduce((sum, count) => sum + count, 0),
          records.length,
        )
        for (const store of [a, b]) {
          const [row] = await store.runs.usage()
          assert.deepEqual([row?.runs, row?.tokens?.total], [150, 150])
        }
      }),
  },
  {
    title:
      'connections: if two write different values for a metric, one wins, both read it, and the other is a conflict',
    needs: 'connect',
    check: subject =>
      withTwo(subject, async (a, b) => {
        const [mine, other] = [runsOf(60, 1), runsOf(60, 1000)]
        const receipts = await Promise.all([
          ...batchOf(mine, 9).map(batch => a.append(batch)),
          ...batchOf(other, 9).map(batch => b.append(batch)),
        ])
        const sum = (name: 'accepted' | 'conflicts') => receipts.reduce((all, each) => all + each[name], 0)
        assert.deepEqual([sum('accepted'), sum('conflicts')], [60, 60])
        const totals = async (store: Store) =>
          (await store.runs.list({ limit: 100 })).items.map(
            ({ runId, tokens }) => `${runId} ${tokens?.total}`,
          )
        assert.deepEqual((await totals(a)).sort(), (await totals(b)).sort())
      }),
  },
  {
    title: 'connections: a record accepted by one is readable by the other at once',
    needs: 'connect',
    check: subject =>
      withTwo(subject, async (a, b) => {
        for (let turn = 1; turn <= 20; turn++) {
          const [writer, reader] = turn % 2 ? [a, b] : [b, a]
          const root = span({ runId: `run-${turn}` })
          await writer.append([
            root,
            runEvent({ runId: `run-${turn}`, metric: 'tokens', value: tokens(1, 0) }),
          ])
          assert.equal((await reader.runs.usage())[0]?.tokens?.total, turn)
          assert.equal((await reader.runs.get(`run-${turn}`))?.runId, `run-${turn}`)
          assert.equal((await reader.traces.get(root.traceId))?.spans.length, 1)
        }
      }),
  },
  {
    title: 'connections: a record erased by one is not accepted by the other',
    needs: 'connect',
    check: subject =>
      withTwo(subject, async (a, b) => {
        const [event] = runsOf(1, 5)
        assert.ok(event)
        await a.append([event])
        await b.erase({ runId: event.runId })
        assert.deepEqual((await a.append([event])).accepted, 0)
        assert.equal((await b.runs.usage())[0]?.runs, 0)
      }),
  },
]
