import { readFileSync } from 'node:fs'
import {
  consoleLogger,
  type FeedbackValue,
  type OutcomeValue,
  type RunEvent,
  type ScoreValue,
  type Sink,
  type TokenUsage,
  type ToolCallValue,
} from '@runtape/core'
import { messageOf } from '@runtape/core/internal'
import { launchDarklyContext } from './context.ts'
import type { LaunchDarklyClient } from './launchdarkly-client.ts'
import { warnOnce } from './warn-once.ts'

interface Metric {
  readonly name: string
  readonly value: number
  readonly data?: Readonly<Record<string, unknown>>
}

/** The context under which LaunchDarkly's AI SDKs say that they are there. */
const internalContext = { kind: 'ld_ai', key: 'ld-internal-tracking', anonymous: true }

/**
 * A sink that sends run events to LaunchDarkly, in the names and fields of its own AI SDKs, so that its dashboards
 * go on working. What it cannot carry is left out: spans, single provider calls, replays, and events whose run has no
 * context. LaunchDarkly counts what it gets: a metric that is recorded again in another process counts again there;
 * bill from a store. Closing it flushes the client and leaves it open.
 *
 * @example
 * ```ts
 * import { type LaunchDarklyClient, launchDarklySink, type Sink, teeSink } from '@runtape/client'
 *
 * declare const recorder: Sink, ldClient: LaunchDarklyClient
 * const sink = teeSink(recorder, launchDarklySink(ldClient))
 * ```
 */
export function launchDarklySink(ldClient: LaunchDarklyClient): Sink {
  let open = true
  const warn = warnOnce(consoleLogger)
  const send = sender(ldClient, warn)
  const info = { aiSdkName: '@runtape/client', aiSdkVersion: ownVersion(), aiSdkLanguage: 'javascript' }
  send('$ld:ai:sdk:info', internalContext, info, 1)
  const sendAll = (event: RunEvent): boolean => {
    const { context, replay } = event
    if (!context || replay) return false
    const sent = metricsOf(event).map(({ name, value, data }) =>
      send(name, launchDarklyContext(context), { ...runData(event), ...data }, value),
    )
    // What LaunchDarkly took even in part is not sent again: it would count twice.
    return sent.includes(true)
  }
  const flush = async () => {
    try {
      await ldClient.flush()
    } catch (error) {
      warn(`LaunchDarkly failed to flush: ${messageOf(error)}`)
    }
  }
  return {
    append: record => {
      try {
        return open && record?.kind === 'run-event' && sendAll(record)
      } catch (error) {
        warn(`A run event cannot be read and was not sent to LaunchDarkly: ${messageOf(error)}`, 'unreadable')
        return false
      }
    },
    flush,
    close: () => {
      open = false
      return flush()
    },
  }
}

type Send = (...event: Parameters<LaunchDarklyClient['track']>) => boolean

/** Whether LaunchDarkly took an event; that it throws is reported once. */
function sender(ldClient: LaunchDarklyClient, warn: (message: string, id: string) => void): Send {
  return (...event) => {
    try {
      ldClient.track(...event)
      return true
    } catch (error) {
      warn(`LaunchDarkly rejected a run event: ${messageOf(error)}`, 'not taken')
      return false
    }
  }
}

function runData(event: RunEvent) {
  const { runId, configKey, variationKey, version, modelName, providerName, attributes = {} } = event
  const { modelKey, modelVersion, graphKey } = attributes
  return {
    runId,
    configKey,
    ...(variationKey !== '' && { variationKey }),
    version,
    modelName,
    providerName,
    ...(modelVersion !== undefined && { modelVersion }),
    ...(modelKey !== undefined && { modelKey }),
    ...(graphKey !== undefined && { graphKey }),
  }
}

function metricsOf({ metric, value }: RunEvent): readonly Metric[] {
  const colon = metric.indexOf(':')
  switch (colon === -1 ? metric : metric.slice(0, colon)) {
    case 'duration':
      return [{ name: '$ld:ai:duration:total', value: value as number }]
    case 'time-to-first-token':
      return [{ name: '$ld:ai:tokens:ttf', value: value as number }]
    case 'tokens':
      return tokenMetrics(value as TokenUsage)
    case 'outcome':
      return outcomeMetrics(value as OutcomeValue)
    case 'feedback':
      return [{ name: `$ld:ai:feedback:user:${(value as FeedbackValue).kind}`, value: 1 }]
    case 'tool-call':
      return [{ name: '$ld:ai:tool_call', value: 1, data: { toolKey: (value as ToolCallValue).name } }]
    case 'score':
      return [{ name: metric.slice(colon + 1), value: (value as ScoreValue).score }]
    default:
      return []
  }
}

// LaunchDarkly has no word for a run that was cancelled: it is neither.
const outcomeMetrics = ({ status }: OutcomeValue): readonly Metric[] =>
  status === 'cancelled' ? [] : [{ name: `$ld:ai:generation:${status}`, value: 1 }]

function tokenMetrics(usage: TokenUsage): readonly Metric[] {
  return (['total', 'input', 'output'] as const)
    .map(part => ({ name: `$ld:ai:tokens:${part}`, value: usage[part] }))
    .filter(({ value }) => value > 0)
}

// A bundler may have left the file behind; the version is no reason to fail.
function ownVersion(): string {
  try {
    const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8')
    return (JSON.parse(text) as { version: string }).version
  } catch {
    return ''
  }
}
