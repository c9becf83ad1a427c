// An agent on the AI SDK: tools with zod schemas, several steps, an object at the end.
import { createOpenAI } from '@ai-sdk/openai'
import { tapFetch } from '@runtape/openai'
import { traced } from '@runtape/trace'
import { generateText, isStepCount, Output, tool } from 'ai'
import { z } from 'zod'
import type { Application } from '../support/application.ts'
import { changing } from '../support/changing.ts'
import { effect } from '../support/effects.ts'
import { orderOf } from '../support/shop.ts'

const openai = createOpenAI({ fetch: tapFetch() })
const settings = { system: 'You plan deliveries.' }

const findOrder = traced('delivery.find-order', { type: 'tool', mockOnReplay: true }, async (id: string) => {
  effect('delivery find')
  return orderOf(id)
})

const bookCourier = traced(
  'delivery.book-courier',
  { type: 'tool', mockOnReplay: true },
  async (order: string) => {
    effect('delivery book')
    return { order, courier: 'Bike 7', eta: new Date(1_760_000_000_000) }
  },
)

const tools = {
  findOrder: tool({
    description: 'Finds an order.',
    inputSchema: z.object({ id: z.string() }),
    execute: ({ id }) => findOrder(id),
  }),
  bookCourier: tool({
    description: 'Books a courier for an order.',
    inputSchema: z.object({ order: z.string() }),
    execute: ({ order }) => bookCourier(order),
  }),
}

const plan = z.object({ order: z.string(), isUrgent: z.boolean(), stops: z.array(z.string()) })

const deliver = traced('delivery.plan', async (request: string) => {
  const model = openai('gpt-5-mini')
  const { text, steps } = await generateText({
    model,
    system: settings.system,
    prompt: request,
    tools,
    stopWhen: isStepCount(5),
  })
  const { output } = await generateText({
    model,
    output: Output.object({ schema: plan }),
    prompt: `${request} ${text}`,
  })
  return { text, steps: steps.length, plan: output }
})

export const application: Application = {
  name: 'an agent on the AI SDK with tools and an object',
  entry: deliver,
  inputs: [['Find order A-3 and book a courier, it is urgent.'], ['Which order is A-5?'], ['Hello']],
  asksModel: true,
  change: {
    make: changing(settings, { system: 'You plan deliveries by train.' }),
    reports: { changed: ['openai.responses'] },
  },
}
