/** The SDK of a new application. */
export const modelChoices = ['openai', 'anthropic', 'google'] as const
export type ModelChoice = (typeof modelChoices)[number]

/** A new application's model. */
export interface HostTemplate {
  readonly packages: readonly string[]
  /** The variable with the key of its host. */
  readonly variable: string
  /** The module that calls it. */
  readonly answer: string
}

const sample = (variable: string): string =>
  `// Without ${variable} this answers, so that the first run works at once.
const sampleHost = async () => Response.json(sampleAnswer)`

export const hosts: Readonly<Record<ModelChoice, HostTemplate>> = {
  openai: {
    packages: ['openai', '@runtape/openai'],
    variable: 'OPENAI_API_KEY',
    answer: `import { instrumentOpenAI } from '@runtape/openai'
import { traced } from '@runtape/trace'
import OpenAI from 'openai'
import './runtape.ts'

const sampleAnswer = {
  model: 'gpt-5-mini',
  choices: [{ index: 0, message: { role: 'assistant', content: 'Half past eleven.' }, finish_reason: 'stop' }],
  usage: { prompt_tokens: 12, completion_tokens: 4, total_tokens: 16 },
}
${sample('OPENAI_API_KEY')}

const openai = instrumentOpenAI(
  new OpenAI(process.env.OPENAI_API_KEY ? {} : { apiKey: 'none', fetch: sampleHost }),
)

/** Recorded with its model call. Replay it: npx runtape replay answer.ts#answer */
export const answer = traced('support.answer', async (question: string) => {
  const messages = [{ role: 'user' as const, content: question }]
  const reply = await openai.chat.completions.create({ model: 'gpt-5-mini', messages })
  return reply.choices[0]?.message.content ?? ''
})
`,
  },
  anthropic: {
    packages: ['@anthropic-ai/sdk', '@runtape/anthropic'],
    variable: 'ANTHROPIC_API_KEY',
    answer: `import Anthropic from '@anthropic-ai/sdk'
import { instrumentAnthropic } from '@runtape/anthropic'
import { traced } from '@runtape/trace'
import './runtape.ts'

const sampleAnswer = {
  type: 'message',
  role: 'assistant',
  model: 'claude-haiku-4-5-20251001',
  content: [{ type: 'text', text: 'Half past eleven.' }],
  usage: { input_tokens: 12, output_tokens: 4 },
}
${sample('ANTHROPIC_API_KEY')}

const anthropic = instrumentAnthropic(
  new Anthropic(process.env.ANTHROPIC_API_KEY ? {} : { apiKey: 'none', fetch: sampleHost }),
)

/** Recorded with its model call. Replay it: npx runtape replay answer.ts#answer */
export const answer = traced('support.answer', async (question: string) => {
  const messages = [{ role: 'user' as const, content: question }]
  const reply = await anthropic.messages.create({ model: 'claude-haiku-4-5', max_tokens: 500, messages })
  const [first] = reply.content
  return first?.type === 'text' ? first.text : ''
})
`,
  },
  google: {
    packages: ['@google/genai', '@runtape/google'],
    variable: 'GEMINI_API_KEY',
    answer: `import { GoogleGenAI } from '@google/genai'
import { instrumentGoogle } from '@runtape/google'
import { traced } from '@runtape/trace'
import './runtape.ts'

const sampleAnswer = {
  candidates: [{ content: { role: 'model', parts: [{ text: 'Half past eleven.' }] }, finishReason: 'STOP' }],
  modelVersion: 'gemini-2.5-flash',
  usageMetadata: { promptTokenCount: 12, candidatesTokenCount: 4, totalTokenCount: 16 },
}
${sample('GEMINI_API_KEY')}

const { GEMINI_API_KEY: apiKey } = process.env
const google = instrumentGoogle(
  new GoogleGenAI(apiKey ? { apiKey } : { apiKey: 'none', httpOptions: { fetch: sampleHost } }),
)

/** Recorded with its model call. Replay it: npx runtape replay answer.ts#answer */
export const answer = traced('support.answer', async (question: string) => {
  const reply = await google.models.generateContent({ model: 'gemini-2.5-flash', contents: question })
  return reply.text ?? ''
})
`,
  },
}
