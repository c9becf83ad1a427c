import Anthropic from '@anthropic-ai/sdk'
import { instrumentAnthropic } from '@runtape/anthropic'
import type { AIConfig } from '@runtape/client'
import type { LanguageModel } from './language-model.ts'

const anthropic = instrumentAnthropic(new Anthropic())

export const anthropicModel: LanguageModel = {
  async json(config, text) {
    const { content } = await anthropic.messages.create(request(config, text))
    return content.map(block => (block.type === 'text' ? block.text : '')).join('')
  },

  async *words(config, text) {
    const stream = await anthropic.messages.create({ ...request(config, text), stream: true })
    for await (const event of stream)
      if (event.type === 'content_block_delta' && event.delta.type === 'text_delta') yield event.delta.text
  },
}

function request({ model, messages }: AIConfig, text: string) {
  return {
    model: model.name,
    max_tokens: 1000,
    system: messages
      .filter(({ role }) => role === 'system')
      .map(({ content }) => content)
      .join('\n'),
    messages: [{ role: 'user' as const, content: text }],
  }
}
