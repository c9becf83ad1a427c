import type { RunEvent } from '@runtape/core'

export const edgeEvent = (runId: string): RunEvent => ({
  kind: 'run-event',
  runId,
  metric: 'duration',
  value: 5,
  at: Date.now(),
  configKey: 'support-answer',
  variationKey: '',
  version: 1,
  modelName: 'small',
  providerName: 'local',
})
