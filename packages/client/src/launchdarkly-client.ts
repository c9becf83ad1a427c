import type { RunContext } from '@runtape/core'

/** What is used of a client of `@launchdarkly/node-server-sdk`. */
export interface LaunchDarklyClient {
  variation(key: string, context: RunContext, defaultValue: unknown): Promise<unknown>
  track(key: string, context: RunContext, data?: unknown, metricValue?: number): void
  flush(): Promise<void>
}
