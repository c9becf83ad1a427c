import type { TokenUsage } from '@runtape/core'

/** What an extractor returns for a provider's answer. */
export interface RunMetrics {
  /** False if the answer reports a failure. Default: true. */
  readonly success?: boolean
  /** Tokens, if the answer reports them. */
  readonly usage?: TokenUsage
}
