// An agent on the openai SDK: the model calls tools, which run in parallel; one of them pays a refund.
import { instrumentOpenAI } from '@runtape/openai'
import { traced } from '@runtape/trace'
import { createTracker } from '@runtape/tracker'
import OpenAI from 'openai'
import type { Application } from '../support/application.ts'
import { changing } from '../support/changing.ts'
import { effect } from '../support/effects.ts'
import { orderOf } from '../support/shop.ts'
import { recorder } from '../support/tape.ts'

const openai = instrumentOpenAI(new OpenAI())
const settings = { prompt: 'You help the customers of a small shop.' }

const lookupOrder = traced(
  'agent.lookup-order',
  { type: 'tool', mockOnReplay: true },
  async (order: string) => {
    effect('agent lookup')
    await new Promise(resolve => setTimeout(resolve, 3))
    return orderOf(order)
  },
)

const issueRefund = traced(
  'agent.issue-refund',
  { type: 'tool', mockOnReplay: true },
  async ({ order, amount }: { order: string; amount: number }) => {
    effect('agent refund')
    return { order, amount, paidAt: new Date(1_760_000_000_000), reference: crypto.randomUUID() }
  },
)

type Tool = (args: { order: string; amount: number }) => Promise<object>

const tools: Readonly<Record<string, Tool>> = {
  lookup_order: ({ order }) => lookupOrder(order),
  issue_refund: ({ order, amount }) => issueRefund({ order, amount }),
}

const parameters = {
  type: 'object',
  properties: { order: { type: 'string' }, amount: { type: 'number' } },
  required: ['order'],
}
const definitions = Object.keys(tools).map(name => ({
  type: 'function' as const,
  function: { name, parameters },
}))

type Message = OpenAI.ChatCompletionMessageParam

async function turn(messages: Message[]): Promise<string | undefined> {
  const reply = await openai.chat.completions.create({ model: 'gpt-5-mini', messages, tools: definitions })
  const message = reply.choices[0]?.message
  if (!message) throw new Error('The model said nothing.')
  messages.push(message)
  if (!message.tool_calls?.length) return message.content ?? ''
  const results = await Promise.all(message.tool_calls.map(runTool))
  messages.push(...results)
  return undefined
}

async function runTool(call: OpenAI.ChatCompletionMessageToolCall): Promise<Message> {
  if (call.type !== 'function') throw new Error(`There is no tool of type ${call.type}.`)
  const tool = tools[call.function.name]
  const result = await tool?.(JSON.parse(call.function.arguments))
  return { role: 'tool', tool_call_id: call.id, content: JSON.stringify(result ?? 'no such tool') }
}

const answer = traced('agent.answer', async (question: string) => {
  const tracker = createTracker({ sink: recorder, configKey: 'agent' })
  return tracker.run(async () => {
    const messages: Message[] = [
      { role: 'system', content: settings.prompt },
      { role: 'user', content: question },
    ]
    for (let turns = 1; turns <= 4; turns++) {
      const text = await turn(messages)
      if (text !== undefined) return { text, turns }
    }
    throw new Error('The agent did not come to an end.')
  })
})

export const application: Application = {
  name: 'an agent on the openai SDK with parallel tools',
  entry: answer,
  inputs: [
    ['Where is my order A-2?'],
    ['Please lookup my order A-4 and issue a refund of 12 euros.'],
    ['When do you open?'],
  ],
  asksModel: true,
  change: {
    make: changing(settings, { prompt: 'You are sorry.' }),
    reports: { changed: ['openai.chat.completions'] },
  },
}
