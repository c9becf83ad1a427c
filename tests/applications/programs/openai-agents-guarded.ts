// An agent with a concurrent guardrail, and a tool that a person must approve.
import {
  Agent,
  InputGuardrailTripwireTriggered,
  OpenAIProvider,
  Runner,
  setTracingDisabled,
  tool,
} from '@openai/agents'
import { instrumentOpenAI } from '@runtape/openai'
import { traced } from '@runtape/trace'
import OpenAI from 'openai'
import { z } from 'zod'
import type { Application } from '../support/application.ts'
import { changing } from '../support/changing.ts'
import { effect } from '../support/effects.ts'

setTracingDisabled(true)
const openAIClient = instrumentOpenAI(new OpenAI())
const runner = new Runner({ modelProvider: new OpenAIProvider({ openAIClient: openAIClient as never }) })
const settings = { isGenerous: false }

const isAbusive = traced('guarded.check', { mockOnReplay: true }, async (text: string) => {
  effect('guarded check')
  await new Promise(resolve => setTimeout(resolve, 3))
  return text.includes('fool')
})

const payRefund = traced('guarded.refund', { type: 'tool', mockOnReplay: true }, async (order: string) => {
  effect('guarded refund')
  return `paid ${order}`
})

const refund = tool({
  name: 'refund_order',
  description: 'Pays an order back.',
  parameters: z.object({ order: z.string() }),
  needsApproval: async () => true,
  execute: async ({ order }) => payRefund(order),
})

const handle = traced('guarded.handle', async (message: string) => {
  const desk = new Agent({
    name: 'Desk',
    model: 'gpt-5-mini',
    instructions: 'You pay back.',
    tools: [refund],
    inputGuardrails: [
      {
        name: 'abuse',
        execute: async ({ input }) => ({
          outputInfo: 'checked',
          tripwireTriggered: await isAbusive(JSON.stringify(input)),
        }),
      },
    ],
  })
  let result = await runner.run(desk as never, message).catch((error: Error) => {
    // Its state has a random id.
    if (error instanceof InputGuardrailTripwireTriggered) throw new Error(error.message)
    throw error
  })
  for (const interruption of result.interruptions) {
    if (settings.isGenerous || message.includes('urgent')) result.state.approve(interruption)
    else result.state.reject(interruption)
  }
  if (result.interruptions.length > 0) result = await runner.run(desk as never, result.state as never)
  return {
    text: result.finalOutput,
    items: result.newItems.map(({ type }) => type),
  }
})

export const application: Application = {
  name: 'a guarded agent whose tool needs approval',
  entry: handle,
  inputs: [['Refund order A-7, urgent.'], ['Refund order A-8.'], ['You fool!'], ['Bye.']],
  asksModel: true,
  change: {
    make: changing(settings, { isGenerous: true }),
    reports: {
      outcome: 'failed|same',
      missed: ['guarded.refund'],
      added: ['guarded.refund'],
      changed: ['openai.responses'],
    },
  },
}
