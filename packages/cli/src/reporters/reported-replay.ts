import type { Store } from '@runtape/core/store'
import type { ReplayReport } from '@runtape/replay'
import type { JudgedReport } from '@runtape/replay/report'

/** A finished replay, to be reported. */
export interface ReportedReplay {
  readonly key: string
  readonly report: ReplayReport
  readonly judged: JudgedReport
  readonly store: Store
  /** `2/4` if it was a part of a test run. */
  readonly shard: string | undefined
}
