import type { Payload } from '@runtape/core'
import type { AmbientFrame } from '@runtape/core/internal'
import type { AnyFunction } from '@runtape/trace'
import type { BaselineItems } from '../../baseline/baseline-items.ts'
import type { MustRunTally } from '../../limits/must-run.ts'
import type { SpendingTally } from '../../limits/spending.ts'
import type { NetworkGuard } from '../../network/guard-network.ts'
import type { ItemWriter } from '../../test-run/item-writer.ts'
import type { RecordWriter } from '../../test-run/record-writer.ts'
import type { ActiveResources } from '../../timers/active-resources.ts'
import type { LateErrors } from '../late-errors.ts'
import type { ResolvedOptions } from '../resolve-options.ts'
import type { UnmockedCalls } from '../unmocked-calls.ts'

/** Shared by all items of a test run. */
export interface ItemPlan extends Omit<ResolvedOptions, 'baseline' | 'expected'> {
  readonly fn: AnyFunction
  /** The output that a reviewer expects of a trace, if there is one. */
  readonly expected: (traceId: string) => Promise<Payload | undefined>
  readonly key: string
  readonly writer: RecordWriter
  readonly items: ItemWriter
  readonly testRunId: string
  /** Aborts when the replay is stopped. */
  readonly signal: AbortSignal
  readonly resources: ActiveResources
  readonly guard: NetworkGuard | undefined
  readonly lateErrors: LateErrors
  /** By the trace that the replay made: see `outcomeReplay`. */
  readonly frames: Map<string, AmbientFrame>
  /** Number of items that have not started. */
  readonly waiting: { count: number }
  readonly unmocked: UnmockedCalls
  readonly spending: SpendingTally
  readonly reached: MustRunTally
  /** The items as replayed with the code before the change. */
  readonly baseline?: BaselineItems | undefined
}
