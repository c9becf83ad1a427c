import type { RunContext } from '@runtape/core'

/** The parts of a `@launchdarkly/node-server-sdk` client that are used. */
export interface LaunchDarklyClient {
  variation(key: string, context: RunContext, defaultValue: unknown): Promise<unknown>
  track(key: string, context: RunContext, data?: unknown, metricValue?: number): void
  flush(): Promise<void>
}
