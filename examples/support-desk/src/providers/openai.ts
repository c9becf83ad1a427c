import type { AIConfig } from '@runtape/client'
import { instrumentOpenAI } from '@runtape/openai'
import OpenAI from 'openai'
import type { LanguageModel } from './language-model.ts'

const openai = instrumentOpenAI(new OpenAI())

export const openaiModel: LanguageModel = {
  async json(config, text) {
    const completion = await openai.chat.completions.create({
      ...request(config, text),
      response_format: { type: 'json_object' },
    })
    return completion.choices[0]?.message.content
  },

  async *words(config, text) {
    const stream = await openai.chat.completions.create({ ...request(config, text), stream: true })
    for await (const chunk of stream) yield chunk.choices[0]?.delta.content ?? ''
  },
}

function request({ model, messages }: AIConfig, text: string) {
  return { model: model.name, messages: [...messages, { role: 'user' as const, content: text }] }
}
