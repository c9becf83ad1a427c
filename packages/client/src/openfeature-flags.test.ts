import { TestData } from '@launchdarkly/node-server-sdk/integrations'
import { LaunchDarklyProvider } from '@launchdarkly/openfeature-node-server'
import {
  type EvaluationContext,
  InMemoryProvider,
  type JsonValue,
  OpenFeature,
  type Provider,
} from '@openfeature/server-sdk'
import { afterAll, describe, expect, test } from 'vitest'
import { fallback, flagValue, setUp, user } from '../test/helpers.ts'
import { openFeatureFlags } from './openfeature-flags.ts'

afterAll(() => OpenFeature.close())

class VersionedProvider extends InMemoryProvider {
  override async resolveObjectEvaluation<T extends JsonValue>(
    key: string,
    value: T,
    context?: EvaluationContext,
  ) {
    return { ...(await super.resolveObjectEvaluation(key, value, context)), flagMetadata: { version: 12 } }
  }
}

let domains = 0

async function withProvider(provider: Provider) {
  const domain = `test-${domains++}`
  await OpenFeature.setProviderAndWait(domain, provider)
  return setUp(openFeatureFlags(OpenFeature.getClient(domain)))
}

const longValue = { _ldMeta: { enabled: true }, model: { name: 'gpt-5' } }
const support = {
  disabled: false,
  defaultVariant: 'short',
  variants: { short: flagValue, long: longValue },
  contextEvaluator: (context: EvaluationContext) => (context.targetingKey === 'u-2' ? 'long' : 'short'),
}

describe("LaunchDarkly's provider of OpenFeature", () => {
  const launchDarkly = async () => {
    const flags = new TestData()
    await flags.update(
      flags
        .flag('support')
        .variations(flagValue, longValue)
        .variationForUser('u-2', 1)
        .fallthroughVariation(0),
    )
    const lines: string[] = []
    const line = (...args: unknown[]) => void lines.push(args.join(' '))
    const logger = { error: line, warn: line, info() {}, debug() {} }
    const provider = new LaunchDarklyProvider('sdk-key', {
      updateProcessor: flags.getFactory(),
      sendEvents: false,
      diagnosticOptOut: true,
      logger,
    })
    return { ...(await withProvider(provider)), lines }
  }

  test('evaluates a context without a warning', async () => {
    const { client, lines, warnings } = await launchDarkly()
    expect((await client.completionConfig('support', user, fallback)).model.name).toBe('gpt-5-mini')
    expect(
      (await client.completionConfig('support', { kind: 'user', key: 'u-2' }, fallback)).model.name,
    ).toBe('gpt-5')
    expect([lines, warnings]).toEqual([[], []])
  })

  test('evaluates a context of several kinds', async () => {
    const { client, lines } = await launchDarkly()
    const multi = { kind: 'multi', user: { key: 'u-2' }, org: { key: 'acme' } } as never
    expect((await client.completionConfig('support', multi, fallback)).model.name).toBe('gpt-5')
    expect(lines).toEqual([])
  })
})

describe('the version of a flag', () => {
  const versionFor = async (version: unknown) => {
    const details = { value: longValue, variant: 'long', flagMetadata: { version } }
    const { client, events } = setUp(openFeatureFlags({ getObjectDetails: async () => details }))
    ;(await client.completionConfig('support', user)).createTracker().trackSuccess()
    return events[0]?.version
  }

  test('may be a number or a string of digits; anything else is 1', async () => {
    const versions = await Promise.all([7, '7', '0', 'v7', '7.5', 2 ** 60, null].map(versionFor))
    expect(versions).toEqual([7, 7, 0, 1, 1, 1, 1])
  })
})

describe('the real OpenFeature SDK with its in-memory provider', () => {
  test('serves the value of a flag', async () => {
    const { client, events, warnings } = await withProvider(new InMemoryProvider({ support }))
    const config = await client.completionConfig('support', user, fallback, { name: 'Ann' })
    expect([config.model.name, config.messages[0]?.content]).toEqual(['gpt-5-mini', 'Help Ann.'])
    config.createTracker().trackSuccess()
    expect(events[0]).toMatchObject({ variationKey: 'brief', version: 7 })
    expect(warnings).toEqual([])
  })

  test('targets by the key of the context, and uses its variant if the value names no variation', async () => {
    const { client, events } = await withProvider(new InMemoryProvider({ support }))
    const config = await client.completionConfig('support', { ...user, key: 'u-2' }, fallback)
    expect(config.model.name).toBe('gpt-5')
    config.createTracker().trackSuccess()
    expect(events[0]).toMatchObject({ variationKey: 'long', version: 1, context: { key: 'u-2' } })
  })

  test('passes on the other attributes of the context', async () => {
    const byPlan = {
      ...support,
      contextEvaluator: ({ plan, kind }: EvaluationContext) =>
        plan === 'pro' && kind === 'user' ? 'long' : 'short',
    }
    const { client } = await withProvider(new InMemoryProvider({ support: byPlan }))
    expect((await client.completionConfig('support', { ...user, plan: 'pro' }, fallback)).model.name).toBe(
      'gpt-5',
    )
  })

  test('serves the default for an unknown flag, and reports it', async () => {
    const { client, warnings } = await withProvider(new InMemoryProvider({ support }))
    expect((await client.completionConfig('suport', user, fallback)).model.name).toBe('fallback-model')
    expect(warnings).toHaveLength(1)
    expect(warnings[0]).toContain('completionConfig("suport"): the flag source failed (FLAG_NOT_FOUND')
  })

  test('serves the default if the provider fails, and reports it', async () => {
    const failing = new InMemoryProvider({
      support: {
        ...support,
        contextEvaluator: () => {
          throw new Error('the rules are broken')
        },
      },
    })
    const { client, warnings } = await withProvider(failing)
    expect((await client.completionConfig('support', user, fallback)).model.name).toBe('fallback-model')
    expect(warnings[0]).toContain('the rules are broken')
  })

  test('takes the version from the metadata of the flag', async () => {
    const { client, events } = await withProvider(new VersionedProvider({ support }))
    ;(await client.completionConfig('support', { ...user, key: 'u-2' })).createTracker().trackSuccess()
    expect(events[0]).toMatchObject({ variationKey: 'long', version: 12 })
  })
})
