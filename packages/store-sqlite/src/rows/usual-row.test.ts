import type { Metric, MetricValue, RunEvent } from '@runtape/core'
import { runEvent, testTime } from '@runtape/testing'
import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { eventParams, outOfTraceIndex } from '../records/event-rows.ts'
import { storedEventOfParams } from './billed-events.ts'
import { rowOfEvents, runColumns, valuesOf } from './run-row.ts'
import { usualColumns, usualRow, type Written } from './usual-row.ts'

const usages = [
  { input: 3, output: 2, total: 5 },
  { input: 3, output: 2, total: 5, cachedInput: 1, reasoning: 2 },
  { input: 2 ** 53 + 2, output: 1, total: 2 ** 53 + 4 },
  { input: 3, output: 2, total: 5, inputAudio: 1 },
]
const usage = fc.constantFrom(...usages)
const text = fc.constantFrom('', 'a', 'b')
const traceId = fc.constantFrom(undefined, 'a'.repeat(32), 'b'.repeat(32))
const call = fc.record(
  {
    status: fc.constantFrom('success', 'error', 'cancelled'),
    durationMs: fc.constant(5),
    usage,
    model: fc.constantFrom('', 'a', 'm', 'n'),
  },
  { requiredKeys: ['status', 'durationMs'] },
)
const valuesByMetric: Readonly<Record<string, fc.Arbitrary<unknown>>> = {
  duration: fc.constantFrom(0, 12.5),
  'time-to-first-token': fc.constantFrom(0, 0.1),
  outcome: fc.record({ status: fc.constantFrom('success', 'error', 'cancelled') }),
  tokens: usage,
  'call:1': call,
  'call:2': call,
  'tool-call:1': fc.constant({ name: 'search' }),
  feedback: fc.constant({ kind: 'positive' }),
  'score:good': fc.constant({ score: 1 }),
}
const metrics = ['duration', 'time-to-first-token', 'outcome', 'tokens', 'call:1'] as const

const facts = fc.record({
  modelName: text,
  providerName: text,
  configKey: text,
  variationKey: text,
  version: fc.constantFrom(1, 2),
  at: fc.constantFrom(testTime, testTime + 1, 0, Date.now() + 1e9),
  scope: fc.constantFrom(undefined, 's', 't'),
  traceId,
  context: fc.constantFrom(undefined, { kind: 'user', key: 'ann' }, { kind: '', key: '' }),
  cost: fc.constantFrom(undefined, { nanoUsd: 7, priceList: 'p@1' }),
  isIndexed: fc.boolean(),
})
/** Mostly the facts of a typical event. */
const mostly = fc.oneof(
  { weight: 4, arbitrary: facts.map(all => ({ ...all, at: testTime, scope: undefined })) },
  { weight: 1, arbitrary: facts },
)

function writtenOf(
  metric: string,
  value: unknown,
  { isIndexed, ...fields }: typeof facts extends fc.Arbitrary<infer F> ? F : never,
  id: number,
): Written {
  const isPriced = metric === 'tokens' || metric.startsWith('call:')
  const known = Object.entries(fields).filter(
    ([name, field]) => field !== undefined && (isPriced || name !== 'cost'),
  )
  const event = runEvent({
    runId: 'run',
    metric: metric as Metric,
    value: value as MetricValue,
    ...(Object.fromEntries(known) as Partial<RunEvent>),
  })
  const params = eventParams(event)
  return { id, params: isIndexed ? outOfTraceIndex(params) : params }
}

const runs = (names: readonly string[]) =>
  fc
    .uniqueArray(fc.constantFrom(...names), { minLength: 1 })
    .chain(chosen =>
      fc.tuple(
        ...chosen.map(metric =>
          fc.tuple(fc.constant(metric), valuesByMetric[metric] as fc.Arbitrary<unknown>, mostly),
        ),
      ),
    )
    .map(events =>
      events.map(([metric, value, fields], index) => writtenOf(metric, value, fields, 10 + 3 * index)),
    )

const texts = { idOf: (name: string) => name as unknown as number }

function rowsOf(written: readonly Written[]) {
  const usual = usualRow(written, texts)
  const general = rowOfEvents(written.map(storedEventOfParams), texts)
  return { usual: usual && valuesOf(usual, runColumns), general }
}

describe('the row of a usual run', () => {
  test('equals the row built from all its events', () => {
    let usual = 0
    const check = (written: readonly Written[]) => {
      const rows = rowsOf(written)
      if (rows.usual === undefined) return
      usual++
      expect(rows.usual).toEqual(rows.general && valuesOf(rows.general.row, runColumns))
      expect(rows.general?.parts).toEqual([])
    }
    fc.assert(fc.property(fc.oneof(runs(metrics), runs(Object.keys(valuesByMetric))), check), {
      numRuns: 3000,
    })
    expect(usual).toBeGreaterThan(500)
  })

  test('is built for the events that a tracker records for a call', () => {
    const fields = { modelName: 'm', providerName: 'p', at: testTime }
    const value = { status: 'success', durationMs: 5, usage: usages[1], model: 'm' }
    const events = [
      runEvent({ ...fields, metric: 'time-to-first-token', value: 3 }),
      runEvent({ ...fields, metric: 'call:1', value: value as MetricValue, scope: 's' }),
      runEvent({ ...fields, metric: 'tokens', value: usages[1] as MetricValue, scope: 's' }),
      runEvent({ ...fields, metric: 'duration', value: 9 }),
      runEvent({ ...fields, metric: 'outcome', value: { status: 'success' } }),
    ]
    const written = events.map((event, id) => ({ id, params: eventParams(event) }))
    expect(usualRow(written, texts)).toMatchObject({ input_tokens: 3, unpriced: 1, events: 5, outcome: 1 })
  })

  test('fills exactly the listed columns', () => {
    const written = [{ id: 1, params: eventParams(runEvent({ at: testTime })) }]
    expect(Object.keys(usualRow(written, texts) ?? {}).sort()).toEqual([...usualColumns].sort())
  })
})
