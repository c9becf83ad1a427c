import type { Metric, MetricValue, RunEvent } from '@runtape/core'
import { recordProblem } from '@runtape/core/store-helpers'
import { type AiEvent, readAiEvent } from './ai-event.ts'
import { tokenEventsOf, tokenPartOf, usageOf } from './token-parts.ts'

/** What a request said of runs. */
export interface ReadEvents {
  readonly events: readonly RunEvent[]
  /** Events of runs from SDKs that send no `runId`: nothing says which of them belong together. */
  readonly withoutRun: number
  /** Events of runs that cannot be recorded: a value that is missing or no number, a total of tokens without its parts. */
  readonly unusable: number
  /** Evaluations of flags, events of the application, and what else there is. */
  readonly other: number
}

/**
 * The run events of a request.
 *
 * @param payloadId the same when the request is sent again: names what has no id of its own
 */
export function readEvents(sent: readonly unknown[], payloadId: string): ReadEvents {
  const read = sent.map(readAiEvent)
  const ofRuns = read.filter(event => typeof event === 'object')
  const made = [...singleEvents(ofRuns, payloadId), ...tokenEvents(ofRuns)]
  const events = made.filter(event => event !== undefined && recordProblem(event) === undefined) as RunEvent[]
  return {
    events,
    withoutRun: read.filter(event => event === 'without-run').length,
    unusable: made.length - events.length,
    other: read.filter(event => event === 'other').length,
  }
}

function singleEvents(events: readonly AiEvent[], payloadId: string): (RunEvent | undefined)[] {
  return events
    .filter(event => tokenPartOf(event) === undefined)
    .map((event, index) => {
      const metric = metricOf(event, `${payloadId}-${index}`)
      return metric && runEvent(event, ...metric)
    })
}

function tokenEvents(events: readonly AiEvent[]): (RunEvent | undefined)[] {
  const byRun = Map.groupBy(events, ({ runId }) => runId)
  return [...byRun.values()].flatMap(tokenEventsOf).map(parts => {
    const [usage, event] = [usageOf(parts), parts.total ?? parts.input ?? parts.output]
    return usage && event && runEvent(event, 'tokens', usage)
  })
}

/** @param toolCallId LaunchDarkly's tool calls have no id */
function metricOf(
  { name, value, data }: AiEvent,
  toolCallId: string,
): readonly [Metric, MetricValue] | undefined {
  switch (name) {
    case '$ld:ai:duration:total':
      return ['duration', value as number]
    case '$ld:ai:tokens:ttf':
      return ['time-to-first-token', value as number]
    case '$ld:ai:generation:success':
      return ['outcome', { status: 'success' }]
    case '$ld:ai:generation:error':
      return ['outcome', { status: 'error' }]
    case '$ld:ai:feedback:user:positive':
      return ['feedback', { kind: 'positive' }]
    case '$ld:ai:feedback:user:negative':
      return ['feedback', { kind: 'negative' }]
    case '$ld:ai:tool_call':
      return [`tool-call:${toolCallId}`, { name: data.toolKey as string }]
    // Sent by old versions beside the outcome.
    case '$ld:ai:generation':
      return undefined
    default:
      // Other names of LaunchDarkly's own are not known here.
      return isScore(name) ? [`score:${name}`, { score: value as number }] : undefined
  }
}

/** A judge's metric, or one of the application's. */
const isScore = (name: string): boolean => !name.startsWith('$ld:') || name.startsWith('$ld:ai:judge:')

function runEvent({ runId, at, data, context }: AiEvent, metric: Metric, value: MetricValue): RunEvent {
  const { configKey, variationKey, version, modelName, providerName } = data
  const attributes = attributesOf(data)
  return {
    ...{ kind: 'run-event', runId, metric, value, at: at as number },
    configKey: configKey as string,
    variationKey: textOf(variationKey),
    // As a tracker of ours without one.
    version: Number.isSafeInteger(version) ? (version as number) : 1,
    modelName: textOf(modelName),
    providerName: textOf(providerName),
    ...(context && { context }),
    ...(attributes && { attributes }),
  }
}

const textOf = (value: unknown): string => (typeof value === 'string' ? value : '')

const keptAttributes = ['modelKey', 'modelVersion', 'graphKey', 'judgeConfigKey'] as const

function attributesOf(data: Readonly<Record<string, unknown>>): RunEvent['attributes'] {
  const kept = keptAttributes.flatMap(name => {
    const value = data[name]
    return typeof value === 'string' || typeof value === 'number' ? [[name, value] as const] : []
  })
  return kept.length > 0 ? Object.fromEntries(kept) : undefined
}
