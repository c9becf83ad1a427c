// A router that tries a cheap model first, then a better one, with a breaker and a time limit for each.
import { instrumentOpenAI } from '@runtape/openai'
import { traced } from '@runtape/trace'
import OpenAI, { APIError } from 'openai'
import type { Application } from '../support/application.ts'
import { changing } from '../support/changing.ts'
import { effect } from '../support/effects.ts'

const openai = instrumentOpenAI(new OpenAI({ maxRetries: 0 }))
const settings = { models: ['gpt-cheap', 'gpt-slow', 'gpt-5'] }

class OutOfQuota extends Error {
  override readonly name = 'OutOfQuota'
  readonly model: string
  constructor(model: string) {
    super(`${model} is out of quota`)
    this.model = model
  }
}

const budget = traced('router.budget', { mockOnReplay: true }, async (model: string) => {
  effect('router budget')
  if (model === 'gpt-cheap') throw new OutOfQuota(model)
  return { model, left: 100 }
})

const complete = traced(
  'router.complete',
  { type: 'model', mockOnReplay: true },
  async (model: string, text: string) => {
    effect('router complete')
    if (model === 'gpt-slow') await new Promise(resolve => setTimeout(resolve, 900))
    const messages = [{ role: 'user' as const, content: text }]
    const { choices } = await openai.chat.completions.create({ model, messages })
    return choices[0]?.message.content ?? ''
  },
)

async function withTimeout<T>(work: Promise<T>, ms: number): Promise<T> {
  const { promise, reject } = Promise.withResolvers<never>()
  const timer = setTimeout(() => reject(new DOMException(`took over ${ms} ms`, 'TimeoutError')), ms)
  try {
    return await Promise.race([work, promise])
  } finally {
    clearTimeout(timer)
  }
}

const route = traced('router.answer', async (text: string) => {
  const tried: string[] = []
  for (const model of settings.models) {
    try {
      await budget(model)
      return { text: await withTimeout(complete(model, text), 400), model, tried }
    } catch (error) {
      if (error instanceof OutOfQuota) tried.push(`${error.model} has no quota`)
      else if (error instanceof APIError) tried.push(`${model} ${error.status}`)
      else tried.push(`${model} ${(error as Error).name}`)
    }
  }
  throw new AggregateError([], 'No model answers.')
})

export const application: Application = {
  name: 'a router with fallbacks and time limits',
  entry: route,
  inputs: [['What is tea?'], ['What is a kettle?']],
  // The slow model answers after its caller has stopped waiting.
  lingersMs: 700,
  change: {
    make: changing(settings, { models: ['gpt-5'] }),
    reports: {
      unused: ['router.budget', 'router.complete'],
      removed: ['router.budget', 'router.complete'],
    },
  },
}
