import type { RunContext } from '@runtape/core'
import { isObject } from '../is-object.ts'
import { contextOf } from './context-of.ts'

/** What a tracker of LaunchDarkly's AI SDKs sends with each of its events. */
export interface AiEvent {
  /** The name of the event, such as `$ld:ai:duration:total`. */
  readonly name: string
  readonly value: unknown
  readonly at: unknown
  readonly runId: string
  readonly data: Readonly<Record<string, unknown>>
  readonly context: RunContext | undefined
}

/** Other events of the AI SDKs: which functions an application calls. */
const isAboutTheSdk = (name: string): boolean =>
  /^\$ld:ai:(sdk|usage|agent|config|judge:function|graph):/.test(name)

/**
 * What an event is: one of a run; one of a run whose SDK is too old to say which (`without-run`); or something else, such as an
 * evaluation of a flag or an event of the application (`other`).
 */
export function readAiEvent(event: unknown): AiEvent | 'without-run' | 'other' {
  if (!isObject(event) || event.kind !== 'custom' || !isObject(event.data)) return 'other'
  const { key: name, data, metricValue: value, creationDate: at } = event
  if (typeof name !== 'string' || isAboutTheSdk(name) || !isOfTracker(data, name)) return 'other'
  const { runId } = data
  if (typeof runId !== 'string' || runId === '') return 'without-run'
  return { name, value, at, runId, data, context: contextOf(event) }
}

/**
 * Whether a tracker sent it. A score has the name of the application's metric, so only its data shows that: trackers always name
 * the model and the provider, if by an empty text.
 */
const isOfTracker = (data: Readonly<Record<string, unknown>>, name: string): boolean =>
  typeof data.configKey === 'string' &&
  (typeof data.version === 'number' || typeof data.variationKey === 'string') &&
  (name.startsWith('$ld:ai:') ||
    (typeof data.modelName === 'string' && typeof data.providerName === 'string'))
