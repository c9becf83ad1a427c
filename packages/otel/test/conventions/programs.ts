import Anthropic from '@anthropic-ai/sdk'
import { BedrockRuntimeClient, ConverseCommand } from '@aws-sdk/client-bedrock-runtime'
import { GoogleGenAI } from '@google/genai'
import { instrumentAnthropic } from '@runtape/anthropic'
import { instrumentBedrock } from '@runtape/bedrock'
import { instrumentGoogle } from '@runtape/google'
import { instrumentOpenAI } from '@runtape/openai'
import { type Reply, startFakeHost } from '@runtape/testing/host'
import { traced } from '@runtape/trace'
import OpenAI from 'openai'
import * as answers from './answers.ts'

/** Programs with the real SDKs, against a host on loopback: by the heading of their column. */
export const programs: Readonly<Record<string, () => Promise<unknown>>> = {
  OpenAI: () => withHost(openai),
  Anthropic: () => withHost(anthropic),
  Bedrock: () => withHost(bedrock),
  Google: () => withHost(google),
  functions,
}

type Answer = (answer: unknown) => void

async function withHost(program: (url: string, answer: Answer) => Promise<unknown>): Promise<void> {
  const host = await startFakeHost()
  try {
    await program(host.url, answer => host.answer(replying(answer)))
  } finally {
    await host.close()
  }
}

const replying =
  (answer: unknown): Reply =>
  response => {
    const isStream = Array.isArray(answer)
    response.writeHead(200, { 'content-type': isStream ? 'text/event-stream' : 'application/json' })
    const events = (list: readonly unknown[]) =>
      list.map(event => `data: ${JSON.stringify(event)}\n\n`).join('')
    response.end(isStream ? `${events(answer)}data: [DONE]\n\n` : JSON.stringify(answer))
  }

const settings = { temperature: 0.2, top_p: 0.9, max_tokens: 100 }

async function openai(url: string, answer: Answer): Promise<void> {
  const client = instrumentOpenAI(new OpenAI({ apiKey: 'none', baseURL: `${url}/v1`, maxRetries: 0 }))
  const messages = [{ role: 'user' as const, content: 'Half a \ud83d' }]
  const question = { model: 'gpt-4o', messages }
  const asked: OpenAI.ChatCompletionCreateParamsNonStreaming = {
    ...{ ...question, ...settings, n: 2, seed: 7, stop: ['END'] },
    ...{ frequency_penalty: 0.1, presence_penalty: 0.1 },
    tools: [{ type: 'function', function: { name: 'lookup', parameters: {} } }],
    response_format: { type: 'json_object' },
  }
  answer(answers.completion)
  await client.chat.completions.create(asked)
  answer(answers.chunks)
  const stream = await client.chat.completions.create({ ...question, stream: true })
  for await (const _ of stream);
  answer(answers.response)
  const instructions = 'Be kind.'
  await client.responses.create({ model: 'gpt-5', input: 'Hi', instructions, reasoning: { effort: 'low' } })
  answer(answers.embedding)
  const embedded = { model: 'text-embedding-3-small', input: 'Hi', dimensions: 256 }
  await client.embeddings.create({ ...embedded, encoding_format: 'float' })
}

async function anthropic(url: string, answer: Answer): Promise<void> {
  const client = instrumentAnthropic(new Anthropic({ apiKey: 'none', baseURL: url, maxRetries: 0 }))
  answer(answers.message)
  await client.messages.create({
    ...{ model: 'claude-sonnet-4-5', system: 'Be kind.', top_k: 5, stop_sequences: ['END'], ...settings },
    messages: [{ role: 'user', content: 'Hi' }],
    tools: [{ name: 'lookup', input_schema: { type: 'object' } }],
  })
}

async function bedrock(endpoint: string, answer: Answer): Promise<void> {
  const credentials = { accessKeyId: 'none', secretAccessKey: 'none' }
  // Its own handler speaks HTTP/2, as the host does.
  const client = instrumentBedrock(new BedrockRuntimeClient({ region: 'eu-west-1', endpoint, credentials }))
  answer(answers.converse)
  const command = new ConverseCommand({
    modelId: 'amazon.nova-pro-v1:0',
    system: [{ text: 'Be kind.' }],
    messages: [{ role: 'user', content: [{ text: 'Hi' }] }],
    inferenceConfig: { temperature: 0.2, topP: 0.9, maxTokens: 100, stopSequences: ['END'] },
  })
  await client.send(command)
  client.destroy()
}

async function google(baseUrl: string, answer: Answer): Promise<void> {
  const client = instrumentGoogle(new GoogleGenAI({ apiKey: 'none', httpOptions: { baseUrl } }))
  answer(answers.generated)
  const config = { temperature: 0.2, topP: 0.9, topK: 5, maxOutputTokens: 100, systemInstruction: 'Be kind.' }
  await client.models.generateContent({ model: 'gemini-3-pro', contents: 'Hi', config })
}

async function functions(): Promise<void> {
  const lookup = traced('orders.lookup', { type: 'tool' }, async (order: string) => ({ order }))
  const fail = traced('orders.cancel', { type: 'tool' }, async () => {
    throw new RangeError('no such order')
  })
  const agent = traced('support.agent', { type: 'agent' }, async () => {
    await lookup('A-17')
    await fail().catch(() => {})
  })
  await traced('support.flow', { type: 'workflow' }, () => agent())()
}
