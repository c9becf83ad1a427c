import type { RouteName } from '@runtape/store-http/wire'

/** An example of what a call takes and returns. */
export interface CallExample {
  /** The body, or the parameters by name. */
  readonly input: unknown
  readonly result: unknown
}

const identity = {
  ...{ runId: '4be6ce2b-6f9a-4d2c-a4f3-0c5a4b4f9a11', configKey: 'support-answer', variationKey: 'warm' },
  ...{ version: 3, providerName: 'openai' },
}
const at = Date.UTC(2026, 0, 31, 9)
const usage = { input: 812, output: 96, total: 908 }
const counts = { runs: 1, succeeded: 1, failed: 0, cancelled: 0, unfinished: 0 }

/** Examples by call. A test holds them to their schemas. */
export const examples: Readonly<Partial<Record<RouteName, CallExample>>> = {
  append: {
    input: [{ ...identity, kind: 'run-event', metric: 'tokens', value: usage, at, modelName: 'gpt-5' }],
    result: { accepted: 1, duplicates: 0, conflicts: 0, conflicting: [] },
  },
  'runs.usage': {
    input: { groupBy: ['day', 'model'], since: '30d', timeZone: 'Europe/Berlin' },
    result: [
      {
        ...{ group: { day: '2026-01-31', model: 'gpt-5' }, ...counts, unknownUsageRuns: 0, positive: 1 },
        ...{ negative: 0, tokens: usage, cost: { nanoUsd: 1975000, unpricedRuns: 0 } },
      },
    ],
  },
  'runs.list': {
    input: { where: 'feedback:negative cost>0.02 "late order"', fields: 'row', limit: 20 },
    result: {
      items: [{ ...identity, firstAt: at, lastAt: at, outcome: 'success', model: 'gpt-5', tokens: usage }],
    },
  },
}
