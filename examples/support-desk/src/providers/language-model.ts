import type { AIConfig } from '@runtape/client'
import { settings } from '../settings.ts'

/** The agent's requests to a model of any provider. The config has the model and its system prompt. */
export interface LanguageModel {
  /** A whole answer in JSON. */
  json(config: AIConfig, text: string): Promise<string | null | undefined>
  /** A streamed answer in text. */
  words(config: AIConfig, text: string): AsyncIterable<string>
}

/** The provider of this process. */
export const languageModel: LanguageModel = await modelOf(settings.provider)

async function modelOf(provider: string): Promise<LanguageModel> {
  if (provider === 'bedrock') return (await import('./bedrock.ts')).bedrockModel
  if (provider === 'anthropic') return (await import('./anthropic.ts')).anthropicModel
  return (await import('./openai.ts')).openaiModel
}
