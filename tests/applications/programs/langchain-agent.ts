// An agent of LangChain with two tools, declared as LangChain requires, that work in traced calls.
import { tool } from '@langchain/core/tools'
import { ChatOpenAI } from '@langchain/openai'
import { tapFetch } from '@runtape/openai'
import { traced } from '@runtape/trace'
import { createAgent } from 'langchain'
import { z } from 'zod'
import type { Application } from '../support/application.ts'
import { changing } from '../support/changing.ts'
import { effect } from '../support/effects.ts'
import { orderOf } from '../support/shop.ts'

const model = new ChatOpenAI({ model: 'gpt-5-mini', configuration: { fetch: tapFetch() } })
const settings = { systemPrompt: 'You look after parcels.' }

const trackParcel = traced('parcels.track', { type: 'tool', mockOnReplay: true }, async (order: string) => {
  effect('parcels track')
  return orderOf(order)
})

const sendNotice = traced('parcels.notice', { type: 'tool', mockOnReplay: true }, async (order: string) => {
  effect('parcels notice')
  return { sent: true, order }
})

const schema = z.object({ order: z.string() })
const tools = [
  tool(async ({ order }) => JSON.stringify(await trackParcel(order)), {
    name: 'track_parcel',
    description: 'Says where a parcel is.',
    schema,
  }),
  tool(async ({ order }) => JSON.stringify(await sendNotice(order)), {
    name: 'notice_customer',
    description: 'Tells the customer.',
    schema,
  }),
]

const handle = traced('parcels.handle', async (text: string) => {
  const agent = createAgent({ model, tools, systemPrompt: settings.systemPrompt })
  const { messages } = await agent.invoke({ messages: [{ role: 'user', content: text }] })
  return { text: messages.at(-1)?.text ?? '', messages: messages.length }
})

export const application: Application = {
  name: 'an agent of LangChain',
  entry: handle,
  inputs: [['Please track A-4 and notice the customer.'], ['Good morning.']],
  asksModel: true,
  change: {
    make: changing(settings, { systemPrompt: 'You look after letters.' }),
    // After a tool call, the model repeats the tool's result.
    reports: { outcome: 'changed|same', changed: ['openai.chat.completions'] },
  },
}
