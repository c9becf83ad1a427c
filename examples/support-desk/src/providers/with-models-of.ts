import type { FlagSource } from '@runtape/client'

// The configs name OpenAI's models; these replace them.
const models: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  bedrock: {
    'gpt-4.1-nano': 'eu.amazon.nova-micro-v1:0',
    'gpt-4.1-mini': 'eu.amazon.nova-lite-v1:0',
  },
  anthropic: {
    'gpt-4.1-nano': 'claude-haiku-5-5',
    'gpt-4.1-mini': 'claude-sonnet-5-5',
  },
}

/**
 * The same configs, with models of this provider. A flag source has one method, so it is easy to wrap.
 */
export function withModelsOf(provider: string, flags: FlagSource): FlagSource {
  const names = models[provider]
  if (!names) return flags
  return {
    evaluate: async (key, context, defaultValue) => {
      const evaluation = await flags.evaluate(key, context, defaultValue)
      return { ...evaluation, value: withModel(evaluation.value, names, provider) }
    },
  }
}

function withModel(value: unknown, names: Readonly<Record<string, string>>, provider: string): unknown {
  const { model } = (value ?? {}) as { model?: { name?: string } }
  const name = names[model?.name ?? '']
  return name ? { ...(value as object), model: { ...model, name }, provider: { name: provider } } : value
}
