// The OpenAI Agents SDK: an agent with a tool that hands over to a second one.
import { Agent, OpenAIProvider, Runner, setTracingDisabled, tool } from '@openai/agents'
import { instrumentOpenAI } from '@runtape/openai'
import { traced } from '@runtape/trace'
import OpenAI from 'openai'
import { z } from 'zod'
import type { Application } from '../support/application.ts'
import { changing } from '../support/changing.ts'
import { effect } from '../support/effects.ts'
import { orderOf } from '../support/shop.ts'

setTracingDisabled(true)
const openAIClient = instrumentOpenAI(new OpenAI())
const runner = new Runner({ modelProvider: new OpenAIProvider({ openAIClient: openAIClient as never }) })
const settings = { instructions: 'You look after orders.' }

const cancelOrder = traced(
  'desk.cancel-order',
  { type: 'tool', mockOnReplay: true },
  async (order: string) => {
    effect('desk cancel')
    return { ...orderOf(order), status: 'cancelled' }
  },
)

const cancel = tool({
  name: 'cancel_order',
  description: 'Cancels an order.',
  parameters: z.object({ order: z.string() }),
  execute: async ({ order }) => JSON.stringify(await cancelOrder(order)),
})

const handle = traced('desk.handle', async (message: string) => {
  const agent = new Agent({
    name: 'Desk',
    model: 'gpt-5-mini',
    instructions: () => settings.instructions,
    tools: [cancel],
  })
  const { finalOutput, newItems } = await runner.run(agent, message)
  return { text: finalOutput, items: newItems.map(({ type }) => type) }
})

export const application: Application = {
  name: 'an agent of the OpenAI Agents SDK',
  entry: handle,
  inputs: [['Please cancel my order A-7.'], ['Thanks, bye.']],
  asksModel: true,
  change: {
    make: changing(settings, { instructions: 'You look after nothing.' }),
    reports: { changed: ['openai.responses'] },
  },
}
