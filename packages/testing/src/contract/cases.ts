import { appendCases } from './append-cases.ts'
import type { StoreContractCase } from './case.ts'
import { deferredCases } from './deferred-cases.ts'
import { fidelityCases } from './fidelity-cases.ts'
import { historyCases } from './history-cases.ts'
import { lifetimeCases } from './lifetime-cases.ts'
import { queryCases } from './query-cases.ts'
import { refusalCases } from './refusal-cases.ts'
import { removalCases } from './removal-cases.ts'
import { replayCases } from './replay-cases.ts'
import { runCases } from './run-cases.ts'
import { runListCases } from './run-list-cases.ts'
import { testRunCases } from './test-run-cases.ts'
import { timeZoneCases } from './time-zone-cases.ts'
import { traceCases } from './trace-cases.ts'
import { traceListCases } from './trace-list-cases.ts'
import { usageCases } from './usage-cases.ts'
import { usageCostCases } from './usage-cost-cases.ts'
import { usageScopeCases } from './usage-scope-cases.ts'

/**
 * The `Store` contract as a list of promises, for any test runner. Each case needs an empty store
 * and rejects when a promise is not kept.
 *
 * @example
 * ```ts
 * import { test } from 'node:test'
 * import { memoryStore, storeContractCases } from '@runtape/testing'
 *
 * for (const { title, check, needs } of storeContractCases) {
 *   if (needs !== 'reopen') test(title, () => check({ store: memoryStore() }))
 * }
 * ```
 */
export const storeContractCases: readonly StoreContractCase[] = [
  ...appendCases,
  ...fidelityCases,
  ...refusalCases,
  ...replayCases,
  ...runCases,
  ...runListCases,
  ...queryCases,
  ...usageCases,
  ...usageCostCases,
  ...historyCases,
  ...timeZoneCases,
  ...usageScopeCases,
  ...traceCases,
  ...deferredCases,
  ...traceListCases,
  ...testRunCases,
  ...removalCases,
  ...lifetimeCases,
]
