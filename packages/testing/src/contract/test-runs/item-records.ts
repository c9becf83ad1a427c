import { newTraceId } from '@runtape/core/internal'
import type { ItemCall, ItemRecord } from '@runtape/core/store'

const payload = (value: unknown) => ({ json: JSON.stringify(value) })

/** A call of each kind. */
export const calls: readonly ItemCall[] = [
  {
    kind: 'served',
    key: 'orders.lookup',
    name: 'orders.lookup',
    sourceSpanId: '00000000000000a1',
    reason: 'the same input',
  },
  {
    kind: 'drifted',
    key: 'orders.lookup',
    name: 'orders.lookup',
    sourceSpanId: '00000000000000a2',
    reason: 'its input differs at [0].id',
    recordedInput: payload([{ id: 1 }]),
    input: payload([{ id: '𝒳' }]),
  },
  {
    kind: 'missed',
    key: 'mail.send',
    name: 'mail.send',
    reason: 'no such call is left on the tape',
    ran: true,
  },
  {
    kind: 'ran',
    key: 'log',
    name: 'log',
    reason: "the rule 'marked' mocks only calls declared mockOnReplay",
    count: 3,
  },
  {
    kind: 'unused',
    key: 'refund',
    name: 'refund',
    sourceSpanId: '00000000000000a3',
    reason: 'the code did not make it',
  },
]

/** An item with all its fields. */
export const itemRecord = (fields: Partial<ItemRecord> = {}): ItemRecord => ({
  sourceTraceId: newTraceId(),
  attempt: 1,
  outcome: 'same',
  error: null,
  originalError: null,
  traceId: newTraceId(),
  recorded: { durationMs: 12.5, tokens: { input: 3, output: 1, total: 4 }, model: 'gpt-x' },
  replay: { durationMs: 10, tokens: null },
  delta: { durationMs: null, tokens: 2, costNanoUsd: -40 },
  cost: { recordedNanoUsd: 100, replayNanoUsd: 60 },
  baseline: {
    outcome: 'changed',
    traceId: '000000000000000000000000000000b1',
    cause: 'change',
    places: ['text'],
    excused: ['same-output'],
  },
  scores: { polite: { score: 0.5, pass: true, reasoning: 'says please', version: '2', threshold: 0.4 } },
  scoreErrors: { judge: 'no model' },
  calls,
  diff: {
    added: [],
    removed: [
      {
        key: 'refund',
        name: 'refund',
        parentKey: 'answer',
        sourceSpanId: '00000000000000a3',
        before: 'same',
      },
    ],
    reordered: [],
    changed: [],
  },
  unread: ['$.price: an instance of Money'],
  lateErrors: ['a timer threw'],
  ...fields,
})
