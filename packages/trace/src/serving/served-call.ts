import type { ReplayDecision } from '@runtape/core/internal'

/** The decision to answer a call from the tape or by an override. */
export type Served = Extract<ReplayDecision, { action: 'serve' }>

/** The answered call. */
export interface ServedCall {
  readonly self: unknown
  readonly args: readonly unknown[]
}
