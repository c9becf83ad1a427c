// An agent on the AI SDK whose provider has no tap: middleware records the model, and one line records the tools.
import { createOpenAI } from '@ai-sdk/openai'
import { runtapeMiddleware, tracedTools } from '@runtape/ai-sdk'
import { traced } from '@runtape/trace'
import { generateText, isStepCount, smoothStream, streamText, tool, wrapLanguageModel } from 'ai'
import { z } from 'zod'
import type { Application } from '../support/application.ts'
import { changing } from '../support/changing.ts'
import { effect } from '../support/effects.ts'
import { orderOf } from '../support/shop.ts'

const model = wrapLanguageModel({ model: createOpenAI()('gpt-5-mini'), middleware: runtapeMiddleware() })
const settings = { system: 'You plan returns.' }

const tools = tracedTools(
  {
    findOrder: tool({
      description: 'Finds an order.',
      inputSchema: z.object({ id: z.string() }),
      execute: async ({ id }) => {
        effect('returns find')
        return orderOf(id)
      },
    }),
    bookCourier: tool({
      description: 'Books a courier for an order.',
      inputSchema: z.object({ order: z.string() }),
      async *execute({ order }) {
        effect('returns book')
        yield { order, courier: undefined }
        yield { order, courier: 'Bike 7', eta: new Date(1_760_000_000_000) }
      },
    }),
  },
  { mockOnReplay: true },
)

const takeBack = traced('returns.take-back', async function* (request: string) {
  const { text, toolResults } = await generateText({
    model,
    system: settings.system,
    prompt: request,
    tools,
    stopWhen: isStepCount(5),
  })
  yield `${text} (${toolResults.length})`
  const { textStream } = streamText({
    model,
    prompt: `In short: ${request}`,
    experimental_transform: smoothStream({ delayInMs: null }),
  })
  for await (const piece of textStream) yield piece
})

export const application: Application = {
  name: 'an agent on the AI SDK by its middleware',
  entry: takeBack,
  inputs: [['Find order A-3 and book a courier, it is urgent.'], ['Which order is A-5?'], ['Hello']],
  asksModel: true,
  change: {
    make: changing(settings, { system: 'You plan returns by train.' }),
    reports: { changed: ['ai-sdk.generate'] },
  },
}
