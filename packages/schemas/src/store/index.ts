// Schemas of the `Store` contract: what its calls take, and what they resolve to.

export {
  billedTokensSchema,
  feedbackSchema,
  metricSchema,
  metricValueSchema,
  payloadSchema,
  runEventSchema,
  spanRecordSchema,
  tapeRecordSchema,
  tokenUsageSchema,
} from '../records.ts'
export * from './append.ts'
export { type CallSchemas, storeCalls } from './calls.ts'
export * from './changes.ts'
export { pointInTimeSchema, revisionSchema } from './lists.ts'
export * from './reviewing/cohorts.ts'
export * from './reviewing/queues.ts'
export * from './reviewing/reviews.ts'
export * from './runs/facets.ts'
export {
  listedRunSchema,
  runFilterSchema,
  runListQuerySchema,
  runPageSchema,
  runPreviewSchema,
  runRowPageSchema,
  runRowSchema,
  runSchema,
} from './runs/runs.ts'
export * from './runs/usage.ts'
export * from './test-runs/item-calls.ts'
export * from './test-runs/items.ts'
export * from './test-runs/summary.ts'
export * from './test-runs/test-runs.ts'
export * from './test-runs/verdicts.ts'
export * from './traces/search.ts'
export * from './traces/trace-parts.ts'
export * from './traces/traces.ts'
export * from './upkeep/budgets.ts'
export * from './upkeep/health.ts'
export * from './upkeep/removal.ts'
export * from './views.ts'
