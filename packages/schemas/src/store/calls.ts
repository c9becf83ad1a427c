import * as z from 'zod'
import { appendReceiptSchema, tapeRecordsSchema } from './append.ts'
import { changesQuerySchema, changesSchema } from './changes.ts'
import { asOfSchema, noQuerySchema, revisionSchema } from './lists.ts'
import {
  cohortChangeSchema,
  cohortCreateSchema,
  cohortEntryQuerySchema,
  cohortItemPageSchema,
  cohortPageQuerySchema,
  cohortPageSchema,
  cohortSchema,
  cohortVersionPageSchema,
} from './reviewing/cohorts.ts'
import {
  nextQuerySchema,
  queueItemPageSchema,
  queueItemSchema,
  queueProgressQuerySchema,
  queueQuerySchema,
} from './reviewing/queues.ts'
import {
  reviewerSubjectSchema,
  reviewInputSchema,
  reviewPageSchema,
  reviewProgressSchema,
  reviewQuerySchema,
  reviewSchema,
} from './reviewing/reviews.ts'
import { facetQuerySchema, facetsSchema } from './runs/facets.ts'
import { runListQuerySchema, runPageSchema, runRowPageSchema, runSchema } from './runs/runs.ts'
import { usageQuerySchema, usageSchema } from './runs/usage.ts'
import {
  itemArgumentsSchema,
  itemQuerySchema,
  itemReceiptSchema,
  itemRecordSchema,
  itemRowPageSchema,
  itemSchema,
  lateItemSchema,
} from './test-runs/items.ts'
import {
  testRunCompleteSchema,
  testRunCompletionSchema,
  testRunPageSchema,
  testRunQuerySchema,
  testRunSchema,
  testRunStartedSchema,
  testRunStartSchema,
} from './test-runs/test-runs.ts'
import {
  verdictQuerySchema,
  verdictSchema,
  verdictsSchema,
  verdictWithdrawalSchema,
} from './test-runs/verdicts.ts'
import { searchHitsSchema, searchQuerySchema } from './traces/search.ts'
import {
  payloadPartSchema,
  payloadQuerySchema,
  skeletonQuerySchema,
  spanHitPageSchema,
  traceSearchQuerySchema,
  traceSkeletonSchema,
} from './traces/trace-parts.ts'
import {
  storedSpanSchema,
  traceOptionsSchema,
  tracePageSchema,
  traceQuerySchema,
  traceSchema,
} from './traces/traces.ts'
import {
  budgetCrossingsSchema,
  budgetQuerySchema,
  budgetSchema,
  budgetStatesSchema,
  budgetsSchema,
} from './upkeep/budgets.ts'
import { healthReportSchema, storeHealthSchema } from './upkeep/health.ts'
import { eraseArgumentsSchema, pruneArgumentsSchema, removalReceiptSchema } from './upkeep/removal.ts'
import { savedViewSchema, viewPutSchema, viewRemovalSchema } from './views.ts'

/** What a call of a store takes besides ids and names, and what it resolves to. */
export interface CallSchemas {
  /** Arguments that have names of their own over HTTP, such as those of `erase`, are fields of one object. */
  readonly input: z.ZodType
  readonly result: z.ZodType
}

const call = <I extends z.ZodType, R extends z.ZodType>(input: I, result: R) => ({ input, result })

const nothing = z.undefined()
const removed = z.boolean()

/**
 * The schemas of each call of the `Store` contract that can go over HTTP, by its name.
 *
 * @example
 * ```ts
 * import { storeCalls } from '@runtape/schemas/store'
 *
 * const { success } = storeCalls['runs.usage'].input.safeParse({ groupBy: ['day'], since: '7d' })
 * console.log(success)
 * ```
 */
export const storeCalls = {
  'runs.get': call(asOfSchema, runSchema.optional()),
  'runs.list': call(runListQuerySchema, z.union([runPageSchema, runRowPageSchema])),
  'runs.usage': call(usageQuerySchema, usageSchema),
  'runs.facets': call(facetQuerySchema, facetsSchema),
  'traces.list': call(traceQuerySchema, tracePageSchema),
  'traces.get': call(traceOptionsSchema, traceSchema.optional()),
  'traces.getSpan': call(asOfSchema, storedSpanSchema.optional()),
  'traces.skeleton': call(skeletonQuerySchema, traceSkeletonSchema.optional()),
  'traces.payload': call(payloadQuerySchema, payloadPartSchema.optional()),
  'traces.search': call(traceSearchQuerySchema, spanHitPageSchema),
  'testRuns.start': call(testRunStartSchema, testRunStartedSchema),
  'testRuns.list': call(testRunQuerySchema, testRunPageSchema),
  'testRuns.get': call(asOfSchema, testRunSchema.optional()),
  'testRuns.complete': call(testRunCompleteSchema, testRunCompletionSchema),
  'testRuns.putItem': call(itemRecordSchema, itemReceiptSchema),
  'testRuns.putLate': call(lateItemSchema, itemReceiptSchema),
  'testRuns.items': call(itemQuerySchema, itemRowPageSchema),
  'testRuns.item': call(itemArgumentsSchema, itemSchema.optional()),
  'testRuns.putVerdict': call(verdictSchema, nothing),
  'testRuns.withdrawVerdict': call(verdictWithdrawalSchema, removed),
  'testRuns.verdicts': call(verdictQuerySchema, verdictsSchema),
  'cohorts.create': call(cohortCreateSchema, cohortSchema),
  'cohorts.change': call(cohortChangeSchema, cohortSchema),
  'cohorts.get': call(asOfSchema, cohortSchema.optional()),
  'cohorts.list': call(cohortPageQuerySchema, cohortPageSchema),
  'cohorts.versions': call(cohortPageQuerySchema, cohortVersionPageSchema),
  'cohorts.entries': call(cohortEntryQuerySchema, cohortItemPageSchema),
  'cohorts.remove': call(noQuerySchema, removed),
  'reviews.put': call(reviewInputSchema, reviewSchema),
  'reviews.list': call(reviewQuerySchema, reviewPageSchema),
  'reviews.withdraw': call(reviewerSubjectSchema, reviewSchema.optional()),
  'reviews.queue': call(queueQuerySchema, queueItemPageSchema),
  'reviews.next': call(nextQuerySchema, queueItemSchema.optional()),
  'reviews.release': call(reviewerSubjectSchema, removed),
  'reviews.progress': call(queueProgressQuerySchema, reviewProgressSchema),
  'budgets.put': call(budgetSchema, nothing),
  'budgets.list': call(noQuerySchema, budgetsSchema),
  'budgets.remove': call(noQuerySchema, removed),
  'budgets.state': call(budgetQuerySchema, budgetStatesSchema),
  'budgets.check': call(noQuerySchema, budgetCrossingsSchema),
  'budgets.crossings': call(budgetQuerySchema, budgetCrossingsSchema),
  'views.put': call(viewPutSchema, savedViewSchema),
  'views.list': call(noQuerySchema, z.array(savedViewSchema)),
  'views.get': call(noQuerySchema, savedViewSchema.optional()),
  'views.remove': call(viewRemovalSchema, removed),
  'health.get': call(noQuerySchema, storeHealthSchema),
  'health.report': call(healthReportSchema, nothing),
  revision: call(noQuerySchema, revisionSchema),
  changes: call(changesQuerySchema, changesSchema),
  search: call(searchQuerySchema, searchHitsSchema),
  append: call(tapeRecordsSchema, appendReceiptSchema),
  prune: call(pruneArgumentsSchema, removalReceiptSchema),
  erase: call(eraseArgumentsSchema, removalReceiptSchema),
} satisfies Readonly<Record<string, CallSchemas>>
