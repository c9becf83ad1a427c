import { expect, test } from 'vitest'
import type { ReplayItem } from '../report.ts'
import { showDelta, showDeltas } from './show-delta.ts'
import { showChange, showUsd } from './show-number.ts'

const item = (fields: Partial<ReplayItem>) => ({ error: null, same: true, ...fields }) as ReplayItem

test('changes are shown as amounts and percentages', () => {
  const taken = item({
    delta: { tokens: 120, costNanoUsd: -2_100_000, durationMs: 1200 },
    tokens: { input: 1000, output: 200, total: 1200 },
    cost: { recordedNanoUsd: 4_200_000, replayNanoUsd: 2_100_000 },
    durationMs: 2400,
  })
  expect(showDelta(taken)).toEqual(['+120 tokens (+10 %)', '−$0.0021 (−50 %)', '+1.2 s (+50 %)'])
})

test('unknown changes are omitted, and zero is not a change', () => {
  expect(showDelta(item({}))).toEqual([])
  expect(showDelta(item({ delta: { tokens: 0, costNanoUsd: null, durationMs: null } }))).toEqual([
    '±0 tokens',
  ])
  expect(
    showDelta(item({ delta: { tokens: 5, costNanoUsd: null, durationMs: null }, tokens: null })),
  ).toEqual(['+5 tokens'])
})

test('a sum covers the items with known values', () => {
  const delta = { tokens: 10, costNanoUsd: null, durationMs: null }
  const tokens = { input: 100, output: 0, total: 100 }
  const unknown = item({ delta: { ...delta, tokens: null }, tokens: { input: 1e6, output: 0, total: 1e6 } })
  expect(showDeltas([item({ delta, tokens }), item({ delta, tokens }), unknown])).toEqual([
    '+20 tokens (+10 %)',
  ])
})

test('a failed item saves nothing', () => {
  const delta = { tokens: -10, costNanoUsd: null, durationMs: null }
  const failed = item({ delta, error: 'broke', same: false })
  expect([showDelta(failed), showDeltas([failed, item({ delta, error: 'as recorded' })])]).toEqual([
    [],
    ['−10 tokens'],
  ])
})

test('small numbers keep their significant digits', () => {
  expect([showUsd(0), showUsd(1_234_000), showUsd(-5e9), showUsd(3)]).toEqual([
    '$0.00',
    '$0.0012',
    '−$5.00',
    '$0.000000003',
  ])
  expect([showChange(3, 3), showChange(0, 3), showChange(1000, 1001), showChange(2, 1)]).toEqual([
    '±0',
    '',
    '+0.1 %',
    '−50 %',
  ])
})
