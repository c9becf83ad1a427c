/** @param fromConfig whether the tracker is of an AI config, which creates trackers itself */
export const repeat = (method: string, subject: string, fromConfig: boolean): string =>
  `Skipping ${method}: ${subject} already recorded on this tracker. ${
    fromConfig
      ? 'Call createTracker on the AI Config for a new run.'
      : 'Create another tracker for a new run.'
  }`

export const refusal = (method: string, problem: string): string =>
  `Skipping ${method}: ${problem}. Nothing was recorded; the metric can still be recorded.`

export const refusedPart = (spanId: string, problem: string): string =>
  `Provider call ${spanId}: ${problem}. The call is kept without it.`

export const lateCall = (spanId: string): string =>
  `Provider call ${spanId} started after tracker.run had ended. It is billed, but is not included in the run's metrics. Await it inside tracker.run.`
