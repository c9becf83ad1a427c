import type { Logger, PriceList, Store } from '@runtape/core'
import type { AmbientFrame } from '@runtape/core/internal'
import type { AnyFunction } from '@runtape/trace'
import type { Evaluator } from '../../evaluators/evaluator.ts'
import type { Overrides } from '../../match/override.ts'
import type { MockPolicy, MockStrategy } from '../../match/policy.ts'
import type { NetworkGuard } from '../../network/guard-network.ts'
import type { AdaptInputs, MockTiming, ReplayOptions } from '../../options.ts'
import type { RecordWriter } from '../../test-run/record-writer.ts'
import type { ActiveResources } from '../../timers/active-resources.ts'
import type { LateErrors } from '../late-errors.ts'
import type { UnmockedCalls } from '../unmocked-calls.ts'

/** Shared by all items of a test run. */
export interface ItemPlan {
  readonly fn: AnyFunction
  readonly key: string
  readonly receiver: unknown
  readonly store: Store
  readonly writer: RecordWriter
  readonly testRunId: string
  readonly mock: MockStrategy | MockPolicy
  readonly onMiss: 'error' | 'run'
  readonly timing: MockTiming
  readonly overrides: Overrides | undefined
  readonly adaptInputs: AdaptInputs | undefined
  readonly itemTimeoutMs: number | undefined
  readonly signal: AbortSignal
  readonly resources: ActiveResources
  readonly guard: NetworkGuard | undefined
  readonly lateErrors: LateErrors
  /** By the trace id of the replay: see `outcomeReplay`. */
  readonly frames: Map<string, AmbientFrame>
  readonly evaluators: readonly Evaluator[]
  readonly attempts: number
  /** See `ReplayOptions.isolate`. */
  readonly isolate: ReplayOptions['isolate']
  /** Number of items that have not started. */
  readonly waiting: { count: number }
  readonly prices: PriceList | undefined
  readonly logger: Logger
  readonly unmocked: UnmockedCalls
}
