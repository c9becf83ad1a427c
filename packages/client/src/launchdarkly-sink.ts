import { readFileSync } from 'node:fs'
import type {
  FeedbackValue,
  OutcomeValue,
  RunEvent,
  ScoreValue,
  Sink,
  TokenUsage,
  ToolCallValue,
} from '@runtape/core'
import type { LaunchDarklyClient } from './launchdarkly-client.ts'

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
  const info = { aiSdkName: '@runtape/client', aiSdkVersion: ownVersion(), aiSdkLanguage: 'javascript' }
  ldClient.track('$ld:ai:sdk:info', internalContext, info, 1)
  return {
    append: record => {
      if (!open) return false
      if (record.kind !== 'run-event' || record.replay || !record.context) return
      for (const { name, value, data } of metricsOf(record)) {
        ldClient.track(name, record.context, { ...runData(record), ...data }, value)
      }
    },
    flush: () => ldClient.flush(),
    close: async () => {
      open = false
      await ldClient.flush()
    },
  }
}

function runData({ runId, configKey, variationKey, version, modelName, providerName }: RunEvent) {
  return { runId, configKey, ...(variationKey !== '' && { variationKey }), version, modelName, providerName }
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
      return [{ name: `$ld:ai:generation:${(value as OutcomeValue).status}`, value: 1 }]
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
