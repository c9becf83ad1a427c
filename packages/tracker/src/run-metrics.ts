import type { TokenUsage } from '@runtape/core'

/** What an extractor reads from a provider's answer. */
export interface RunMetrics {
  /** False when the answer itself says that it failed. Default: true. */
  readonly success?: boolean
  /** Tokens, where the answer knows them. */
  readonly usage?: TokenUsage
}
