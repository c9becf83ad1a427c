import { appendCases } from './append-cases.ts'
import { argumentCases } from './argument-cases.ts'
import type { StoreContractCase } from './case.ts'
import { connectionCases } from './connection-cases.ts'
import { fidelityCases } from './fidelity-cases.ts'
import { filterCases } from './filters/filter-cases.ts'
import { viewCases } from './filters/view-cases.ts'
import { asOfCases } from './history/as-of-cases.ts'
import { changeCases } from './history/change-cases.ts'
import { historyCases } from './history/history-cases.ts'
import { pageCases } from './history/page-cases.ts'
import { revisionCases } from './history/revision-cases.ts'
import { lifetimeCases } from './lifetime-cases.ts'
import { queryCases } from './query-cases.ts'
import { refusalCases } from './refusal-cases.ts'
import { cohortCases } from './reviewing/cohort-cases.ts'
import { queueCases } from './reviewing/queue-cases.ts'
import { reviewCases } from './reviewing/review-cases.ts'
import { facetCases } from './runs/facet-cases.ts'
import { runCases } from './runs/run-cases.ts'
import { runListCases } from './runs/run-list-cases.ts'
import { runRowCases } from './runs/run-row-cases.ts'
import { timeZoneCases } from './runs/time-zone-cases.ts'
import { usageCases } from './runs/usage-cases.ts'
import { usageCostCases } from './runs/usage-cost-cases.ts'
import { usageRowCases } from './runs/usage-row-cases.ts'
import { usageScopeCases } from './runs/usage-scope-cases.ts'
import { itemCases } from './test-runs/item-cases.ts'
import { testRunCases } from './test-runs/test-run-cases.ts'
import { testRunHistoryCases } from './test-runs/test-run-history-cases.ts'
import { verdictCases } from './test-runs/verdict-cases.ts'
import { deferredCases } from './traces/deferred-cases.ts'
import { payloadCases } from './traces/payload-cases.ts'
import { replayCases } from './traces/replay-cases.ts'
import { searchCases } from './traces/search-cases.ts'
import { traceCases } from './traces/trace-cases.ts'
import { traceListCases } from './traces/trace-list-cases.ts'
import { tracePartCases } from './traces/trace-part-cases.ts'
import { budgetCases } from './upkeep/budget-cases.ts'
import { healthCases } from './upkeep/health-cases.ts'
import { oddBudgetCases } from './upkeep/odd-budget-cases.ts'
import { pastBillCases } from './upkeep/past-bill-cases.ts'
import { removalCases } from './upkeep/removal-cases.ts'

/**
 * The `Store` contract as a list of cases, for any test runner. Each case needs an empty store and rejects if its promise is
 * broken.
 *
 * @example
 * ```ts
 * import { test } from 'node:test'
 * import { memoryStore, storeContractCases } from '@runtape/testing'
 *
 * for (const { title, check, needs } of storeContractCases) {
 *   if (needs !== 'reopen' && needs !== 'connect') test(title, () => check({ store: memoryStore() }))
 * }
 * ```
 */
export const storeContractCases: readonly StoreContractCase[] = [
  ...appendCases,
  ...fidelityCases,
  ...refusalCases,
  ...argumentCases,
  ...replayCases,
  ...runCases,
  ...runListCases,
  ...runRowCases,
  ...queryCases,
  ...usageCases,
  ...usageCostCases,
  ...usageRowCases,
  ...facetCases,
  ...filterCases,
  ...viewCases,
  ...historyCases,
  ...revisionCases,
  ...pageCases,
  ...asOfCases,
  ...changeCases,
  ...timeZoneCases,
  ...usageScopeCases,
  ...traceCases,
  ...deferredCases,
  ...traceListCases,
  ...tracePartCases,
  ...payloadCases,
  ...testRunCases,
  ...itemCases,
  ...verdictCases,
  ...testRunHistoryCases,
  ...cohortCases,
  ...reviewCases,
  ...queueCases,
  ...removalCases,
  ...pastBillCases,
  ...searchCases,
  ...healthCases,
  ...budgetCases,
  ...oddBudgetCases,
  ...connectionCases,
  ...lifetimeCases,
]
