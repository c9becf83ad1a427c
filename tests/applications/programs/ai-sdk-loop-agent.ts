// A ToolLoopAgent whose answer is smoothed on its way to the browser; its tools run at once, each with a time limit.
import { setTimeout as sleep } from 'node:timers/promises'
import { createOpenAI } from '@ai-sdk/openai'
import { tapFetch } from '@runtape/openai'
import { traced } from '@runtape/trace'
import { isStepCount, smoothStream, ToolLoopAgent, tool } from 'ai'
import { z } from 'zod'
import type { Application } from '../support/application.ts'
import { changing } from '../support/changing.ts'
import { effect } from '../support/effects.ts'
import { orderOf } from '../support/shop.ts'

const openai = createOpenAI({ fetch: tapFetch() })
const settings = { late: 'no answer in time' }

const stockOf = traced('loop.stock', { type: 'tool', mockOnReplay: true }, async (id: string) => {
  effect('loop stock')
  await sleep(id === 'A-9' ? 120 : 5)
  return orderOf(id).items
})

const priceOf = traced('loop.price', { type: 'tool', mockOnReplay: true }, async function* (id: string) {
  effect('loop price')
  yield { state: 'asking' }
  await sleep(4)
  yield { state: 'known', price: orderOf(id).total }
})

/** The stock, or a fallback if the warehouse takes too long. */
const stockInTime = (id: string) => Promise.race([stockOf(id), sleep(40, settings.late)])

const inputSchema = z.object({ id: z.string() })
const agent = new ToolLoopAgent({
  model: openai('gpt-5-mini'),
  instructions: 'You answer in one sentence.',
  tools: {
    stock: tool({ description: 'Stock.', inputSchema, execute: ({ id }) => stockInTime(id) }),
    price: tool({ description: 'Price.', inputSchema, execute: ({ id }) => priceOf(id) }),
  },
  stopWhen: isStepCount(4),
})

const ask = traced('loop.ask', async (prompt: string) => {
  const seen: string[] = []
  const result = await agent.stream({ prompt, experimental_transform: smoothStream({ delayInMs: 3 }) })
  for await (const part of result.fullStream)
    if (part.type === 'tool-result') seen.push(`${part.toolName}: ${JSON.stringify(part.output)}`)
  return { text: await result.text, steps: (await result.steps).length, seen: seen.sort() }
})

export const application: Application = {
  name: 'an agent loop with a smoothed stream',
  entry: ask,
  inputs: [['The stock and price of A-3?'], ['Is the stock of A-9 low?'], ['Hello there, friend']],
  asksModel: true,
  lingersMs: 150,
  change: {
    make: changing(settings, { late: 'ask again' }),
    reports: { outcome: 'changed|same', changed: ['openai.responses'] },
  },
}
