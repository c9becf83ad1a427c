import { LangChainInstrumentation } from '@arizeai/openinference-instrumentation-langchain'
import { OpenAIInstrumentation } from '@arizeai/openinference-instrumentation-openai'
import * as callbackManager from '@langchain/core/callbacks/manager'
import type { BaseMessageLike, ToolMessage } from '@langchain/core/messages'
import type { ToolCall } from '@langchain/core/messages/tool'
import { RunnableLambda } from '@langchain/core/runnables'
import { DynamicStructuredTool } from '@langchain/core/tools'
import { ChatOpenAI } from '@langchain/openai'
import { context, trace } from '@opentelemetry/api'
import OpenAI from 'openai'
import { describe, expect, test } from 'vitest'
import {
  billIn,
  modelSpansIn,
  provider,
  spansIn,
  startApplication,
  toolIn,
  typesIn,
  versionOf,
  withContexts,
} from './application.ts'
import { parts, told } from './model-server.ts'

withContexts()

new LangChainInstrumentation({ tracerProvider: provider }).manuallyInstrument(callbackManager)

async function start() {
  const application = await startApplication()
  const chat = new ChatOpenAI({
    ...{ model: 'gpt-5-mini', apiKey: 'none', maxRetries: 0 },
    configuration: { baseURL: application.models.url },
  })
  return { ...application, chat }
}

const search = new DynamicStructuredTool({
  name: 'search',
  description: 'Finds a parcel.',
  schema: { type: 'object', properties: { order: { type: 'number' } } },
  func: async ({ order }: { order: number }) => ({ state: 'sent', order }),
})

/** Two calls, and the tool between them. */
const deskOf = (chat: ChatOpenAI) =>
  RunnableLambda.from(async (question: string, config) => {
    const bound = chat.bindTools([search])
    const messages: BaseMessageLike[] = [['user', question]]
    const first = await bound.invoke(messages, config)
    const [call] = first.tool_calls ?? []
    const result: ToolMessage = await search.invoke(call as ToolCall, config)
    return (await bound.invoke([...messages, first, result], config)).content
  })

const version = versionOf('@arizeai/openinference-instrumentation-langchain')

describe(`client: OpenInference for LangChain ${version}`, () => {
  test('arrives: tokens of each model call, with cached ones and reasoning, also of streams', async () => {
    const { store, flush, chat } = await start()
    await chat.invoke('Where is it?')
    for await (const _ of await chat.stream('Where is it?'));
    await flush()
    const spans = await modelSpansIn(store)
    expect(spans.map(({ usage }) => usage)).toEqual([
      expect.objectContaining({ ...told, ...parts }),
      expect.objectContaining({ ...told, ...parts }),
    ])
    expect(await billIn(store)).toMatchObject({
      runs: 2,
      unknownUsageRuns: 0,
      tokens: { input: 2 * told.input },
    })
  })

  test('arrives: chains, and loops with tools, whose calls are billed once each, and whose tools are spans', async () => {
    const { store, flush, sendAgain, chat } = await start()
    await deskOf(chat).invoke('Where is it?', { metadata: { session_id: 's-1', plan: 'pro' } })
    await flush()
    await sendAgain()
    expect(await billIn(store)).toMatchObject({ runs: 1, succeeded: 1, tokens: { input: 2 * told.input } })
    expect(await typesIn(store)).toEqual(['chain', 'model', 'model', 'tool'])
    const tool = await toolIn(store)
    expect(tool.input).toBe('[{"order":7}]')
    expect(tool.output).toContain('sent')
    const chain = (await spansIn(store)).find(({ type }) => type === 'chain')
    expect(chain).toMatchObject({ sessionId: 's-1', metadata: { plan: 'pro' } })
  })

  test('arrives: calls that failed', async () => {
    const { store, flush, chat } = await start()
    await expect(chat.invoke('fail')).rejects.toThrow('no capacity')
    await flush()
    expect(await billIn(store)).toMatchObject({ runs: 1, failed: 1 })
  })

  test('lost: the model that answered, because its spans have the one that was asked', async () => {
    const { store, flush, chat } = await start()
    await chat.invoke('Where is it?')
    await flush()
    expect((await store.runs.usage({ groupBy: ['model', 'provider'] }))[0]?.group).toEqual({
      model: 'gpt-5-mini',
      provider: 'openai',
    })
  })

  test('lost: embeddings, because it makes no spans of them', async () => {
    const { OpenAIEmbeddings } = await import('@langchain/openai')
    const { store, flush, models } = await start()
    const configuration = { baseURL: models.url }
    await new OpenAIEmbeddings({ apiKey: 'none', configuration }).embedQuery('parcel')
    await flush()
    expect(await spansIn(store)).toEqual([])
  })
})

// Without a span of the application around them, LangChain's spans and OpenAI's are two traces, of two runs.
test('a call that the instrumentations of LangChain and of OpenAI both tell below one span is billed once', async () => {
  new OpenAIInstrumentation({ tracerProvider: provider }).manuallyInstrument(OpenAI)
  const { store, flush, sendAgain, chat } = await start()
  const root = provider.getTracer('shop').startSpan('answer')
  await context.with(trace.setSpan(context.active(), root), () => deskOf(chat).invoke('Where is it?'))
  root.end()
  await flush()
  expect(await modelSpansIn(store)).toHaveLength(4)
  await sendAgain()
  expect(await billIn(store)).toMatchObject({
    runs: 1,
    tokens: { input: 2 * told.input, output: 2 * told.output },
  })
})
