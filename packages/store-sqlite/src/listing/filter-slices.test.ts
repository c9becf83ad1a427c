import { DatabaseSync } from 'node:sqlite'
import { realClock } from '@runtape/core/internal'
import { runEvent, span, testTime } from '@runtape/testing'
import { beforeEach, describe, expect, onTestFinished, test } from 'vitest'
import { countingHandle, untilDone } from '../../test/counting-handle.ts'
import { sqliteStore } from '../sqlite-store.ts'

// Every read of the clock advances it by two milliseconds, so every slice is as short as possible.
beforeEach(() => {
  const { now } = realClock
  let at = 0
  realClock.now = () => (at += 2)
  onTestFinished(() => {
    realClock.now = now
  })
})

const hex = (index: number, length: number) => index.toString(16).padStart(length, '0')

/** Traces of one run each, all with feedback. */
const traceOf = (index: number) => {
  const fields = { runId: `run-${index}`, traceId: hex(index + 1, 32), at: testTime + index }
  return [
    runEvent(fields),
    runEvent({ ...fields, metric: 'feedback', value: { kind: index % 2 ? 'positive' : 'negative' } }),
    span({ traceId: fields.traceId, startedAt: fields.at, tags: index ? [] : ['first'] }),
  ]
}

function storeOf(records: Parameters<ReturnType<typeof sqliteStore>['appendSync']>[0]) {
  const counting = countingHandle(new DatabaseSync(':memory:'))
  const store = sqliteStore(counting.handle)
  store.appendSync(records)
  return { ...counting, store }
}

describe('a list of traces', () => {
  test.each([
    { where: 'feedback:positive' },
    { feedback: 'positive' },
    { where: 'feedback:negative tag:first' },
    { where: 'feedback:positive tool:none' },
  ] as const)('of %j is read in slices, however many have feedback', async query => {
    const { store, turn, forget, most } = storeOf(
      Array.from({ length: 3000 }, (_, index) => traceOf(index)).flat(),
    )
    await store.revision()
    forget()
    const [, turns] = await untilDone(store.traces.list(query), turn)
    expect(turns).toBeGreaterThan(15)
    expect(most()).toBeLessThanOrEqual(1100)
  })

  test('with large traces is read in slices of a few hundred calls', async () => {
    const large = [1, 2, 3].flatMap(index =>
      Array.from({ length: 3000 }, (_, at) =>
        span({
          traceId: hex(index, 32),
          spanId: hex(at + 1, 16),
          parentSpanId: at ? hex(1, 16) : undefined,
          key: `call-${at % 9}`,
          type: 'tool',
          name: `tool-${at}`,
        }),
      ),
    )
    const { store, turn, forget, most } = storeOf([...large, runEvent({ traceId: hex(2, 32) })])
    await store.revision()
    for (const where of ['key:call-8', 'tool:tool-2999', '-key:call-8']) {
      forget()
      const [page] = await untilDone(store.traces.list({ where }), turn)
      expect(page.items.length).toBe(where.startsWith('-') ? 0 : 3)
      expect(most()).toBeLessThanOrEqual(1100)
    }
    forget()
    const [runs] = await untilDone(store.runs.list({ where: 'tool:tool-2999' }), turn)
    expect(runs.items.length).toBe(1)
    expect(most()).toBeLessThanOrEqual(1100)
  })
})

describe('a filter on an attribute', () => {
  test('reads the events only of runs whose events disagree', async () => {
    const runs = Array.from({ length: 400 }, (_, index) => {
      const of = (plan: string | undefined) => ({
        runId: `run-${index}`,
        at: testTime + index,
        context: { kind: 'user', key: 'ann', ...(plan && { plan }) },
      })
      return [
        runEvent(of('free')),
        runEvent({ ...of(index === 7 ? 'pro' : 'free'), metric: 'outcome', value: { status: 'success' } }),
      ]
    }).flat()
    const { store, turn, forget, most } = storeOf(runs)
    const [bill] = await store.runs.usage({ where: 'context.plan:free' })
    expect(bill?.runs).toBe(400)
    expect(await store.runs.usage({ where: 'context.plan:pro' })).toMatchObject([{ runs: 0 }])
    forget()
    await untilDone(store.runs.list({ where: 'context.plan:pro' }), turn)
    expect(most()).toBeLessThanOrEqual(400)
  })
})
