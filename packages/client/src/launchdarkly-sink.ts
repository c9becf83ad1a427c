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

/** The context with which LaunchDarkly's AI SDKs announce themselves. */
const internalContext = { kind: 'ld_ai', key: 'ld-internal-tracking', anonymous: true }

/**
 * A sink that sends run events to LaunchDarkly, with the names and fields of its AI SDKs, so that its dashboards keep working. It
 * omits spans, single provider calls, replays, and events of runs without a context. LaunchDarkly counts everything that it
 * receives: a metric that another process records again counts twice, so bill from a store. Closing the sink flushes the client
 * but does not close it.
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
    // A partly accepted event is not sent again, because it would count twice.
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

/** Whether LaunchDarkly accepted an event. The first error is reported. */
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

// LaunchDarkly has no event for a cancelled run: it is neither a success nor an error.
const outcomeMetrics = ({ status }: OutcomeValue): readonly Metric[] =>
  status === 'cancelled' ? [] : [{ name: `$ld:ai:generation:${status}`, value: 1 }]

function tokenMetrics(usage: TokenUsage): readonly Metric[] {
  return (['total', 'input', 'output'] as const)
    .map(part => ({ name: `$ld:ai:tokens:${part}`, value: usage[part] }))
    .filter(({ value }) => value > 0)
}

// A bundler may have dropped the file; a missing version must not fail.
function ownVersion(): string {
  try {
    const text = readFileSync(new URL('../package.json', import.meta.url), 'utf8')
    return (JSON.parse(text) as { version: string }).version
  } catch {
    return ''
  }
}
