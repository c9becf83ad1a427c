import type { ConverseStreamOutput } from '@aws-sdk/client-bedrock-runtime'
import { inTurn } from '../host/replies.ts'
import { collect, observedError, question } from './observations.ts'
import { type Behaviour, converseStream, invokeStream } from './observe.ts'
import {
  anthropicChunks,
  chunk,
  event,
  hang,
  inPackets,
  invocationMetrics,
  stream,
  textEvents,
  toolEvents,
} from './replies.ts'

export const streamingCases: readonly Behaviour[] = [
  { title: 'ConverseStream', reply: stream(...textEvents('Halb ', 'zwölf', '.')), observe: converseStream },
  { title: 'ConverseStream with tool use', reply: stream(...toolEvents), observe: converseStream },
  {
    title: 'ConverseStream with reasoning and a guardrail trace',
    reply: stream(
      event('messageStart', { role: 'assistant' }),
      event('contentBlockDelta', { contentBlockIndex: 0, delta: { reasoningContent: { text: 'hm' } } }),
      event('contentBlockDelta', {
        contentBlockIndex: 0,
        delta: { reasoningContent: { signature: 'c2ln' } },
      }),
      event('messageStop', { stopReason: 'guardrail_intervened' }),
      event('metadata', { usage: {}, metrics: {}, trace: { guardrail: { actionReason: 'blocked' } } }),
    ),
    observe: converseStream,
  },
  { title: 'InvokeModelWithResponseStream', reply: stream(...anthropicChunks), observe: invokeStream },
  {
    title: 'InvokeModelWithResponseStream of Nova, Llama, Titan and an unknown vendor',
    reply: inTurn(
      stream(chunk({ contentBlockDelta: { delta: { text: 'ok' } } }), chunk({ messageStop: {} })),
      stream(chunk({ generation: 'ok', prompt_token_count: 20, generation_token_count: 9 })),
      stream(chunk({ outputText: 'ok', 'amazon-bedrock-invocationMetrics': invocationMetrics })),
      stream(chunk({ answer: 'ok' })),
    ),
    observe: async (client, sdk) => {
      const seen: unknown[] = []
      for (let times = 0; times < 4; times++) seen.push(await invokeStream(client, sdk))
      return seen
    },
  },
  {
    title: 'InvokeModelWithResponseStream with unexpected chunks',
    reply: stream(
      chunk('not json'),
      chunk('null'),
      chunk('7'),
      chunk({ delta: 'x', usage: 'y', results: {} }),
    ),
    observe: invokeStream,
  },
  {
    title: 'frames in packets of 7 bytes',
    reply: inPackets(7, ...textEvents('zwölf €')),
    observe: converseStream,
  },
  {
    title: 'all frames in one packet',
    reply: inPackets(1e6, ...textEvents('a', 'b')),
    observe: converseStream,
  },
  {
    title: 'a frame of half a megabyte',
    reply: inPackets(60_000, ...textEvents('x'.repeat(500_000), 'end')),
    observe: converseStream,
  },
  { title: 'a stream without events', reply: stream(), observe: converseStream },
  {
    title: 'an unknown event',
    reply: stream(event('somethingNew', { a: 1 }), ...textEvents('a')),
    observe: converseStream,
  },
  {
    title: 'a stream that is never read, and one that is read twice',
    reply: stream(...textEvents('a')),
    observe: async (client, sdk) => {
      const left = await client.send(new sdk.ConverseStreamCommand(question))
      const { stream: events = [] } = await client.send(new sdk.ConverseStreamCommand(question))
      return [Object.keys(left).sort(), await collect(events), await collect(events)]
    },
  },
  {
    title: 'an early break',
    reply: hang(...textEvents('a', 'b').slice(0, 3)),
    observe: async (client, sdk) => {
      const seen: ConverseStreamOutput[] = []
      const { stream } = await client.send(new sdk.ConverseStreamCommand(question))
      for await (const item of stream ?? []) {
        seen.push(item)
        if (item.contentBlockDelta) break
      }
      return seen
    },
  },
  {
    title: 'an abort in the middle of a stream',
    reply: hang(...textEvents('a', 'b').slice(0, 3)),
    observe: async (client, sdk) => {
      const controller = new AbortController()
      const command = new sdk.ConverseStreamCommand(question)
      const { stream } = await client.send(command, { abortSignal: controller.signal })
      const seen: unknown[] = []
      try {
        for await (const item of stream ?? []) {
          seen.push(item)
          if (item.contentBlockDelta?.delta?.text === 'b') controller.abort()
        }
      } catch (error) {
        seen.push(observedError(error))
      }
      return seen
    },
  },
]
