import type { AIConfig } from '@runtape/client'
import { settings } from '../settings.ts'

/** What the agent asks of a model, whoever runs it. The config says which model, and what it is told first. */
export interface LanguageModel {
  /** An answer in JSON, whole. */
  json(config: AIConfig, text: string): Promise<string | null | undefined>
  /** An answer in words, piece by piece. */
  words(config: AIConfig, text: string): AsyncIterable<string>
}

/** The provider that this process was started for. */
export const languageModel: LanguageModel = await modelOf(settings.provider)

async function modelOf(provider: string): Promise<LanguageModel> {
  if (provider === 'bedrock') return (await import('./bedrock.ts')).bedrockModel
  if (provider === 'anthropic') return (await import('./anthropic.ts')).anthropicModel
  return (await import('./openai.ts')).openaiModel
}
