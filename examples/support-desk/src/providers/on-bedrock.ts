import type { FlagSource } from '@runtape/client'

// The configs name OpenAI's models; these take their places.
const models = new Map([
  ['gpt-4.1-nano', 'eu.amazon.nova-micro-v1:0'],
  ['gpt-4.1-mini', 'eu.amazon.nova-lite-v1:0'],
])

/** The same configs, with models of Bedrock. A flag source is one method, so another can stand in front of it. */
export function onBedrock(flags: FlagSource): FlagSource {
  return {
    evaluate: async (key, context, defaultValue) => {
      const evaluation = await flags.evaluate(key, context, defaultValue)
      return { ...evaluation, value: withBedrockModel(evaluation.value) }
    },
  }
}

function withBedrockModel(value: unknown): unknown {
  const { model } = (value ?? {}) as { model?: { name?: string } }
  const name = models.get(model?.name ?? '')
  return name ? { ...(value as object), model: { ...model, name }, provider: { name: 'bedrock' } } : value
}
