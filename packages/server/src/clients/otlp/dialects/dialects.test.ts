import { expect, test } from 'vitest'
import type { Attributes, OtelSpan } from '../wire/otel-span.ts'
import { toldBy } from './dialects.ts'

const span = (attributes: Attributes): OtelSpan => ({
  ...{ traceId: '1', spanId: '2', parentSpanId: '', name: 'a', startMs: 1, endMs: 2, attributes },
  ...{ events: [], dropped: 0, isError: false, statusMessage: '', scope: '', resource: {} },
})

const conventions = {
  'gen_ai.operation.name': 'embeddings',
  'gen_ai.provider.name': 'openai',
  'gen_ai.request.model': 'text-embedding-3-small',
  'gen_ai.usage.input_tokens': 9,
}

// What these processors and exporters make of spans of the Vercel AI SDK, as seen of the versions in the titles.
test.each<[string, Attributes, object]>([
  [
    '@arizeai/openinference-vercel 3.2.1 over version 7',
    { ...conventions, 'openinference.span.kind': 'EMBEDDING', 'embedding.model_name': 'e' },
    { dialect: 'OpenInference', model: 'e', provider: 'openai', usage: { input: 9, output: 0, total: 9 } },
  ],
  [
    '@arizeai/openinference-vercel 3.2.1 over version 6',
    {
      ...{ 'ai.operationId': 'ai.generateText.doGenerate', 'openinference.span.kind': 'LLM' },
      ...{ 'ai.usage.inputTokens': 8, 'ai.usage.outputTokens': 1, 'ai.model.id': 'asked' },
      ...{ 'llm.token_count.prompt': 8, 'llm.model_name': 'answered', 'ai.response.model': 'answered' },
    },
    { dialect: 'Vercel AI SDK', type: 'model', model: 'answered', usage: { input: 8, output: 1, total: 9 } },
  ],
  [
    'the sums of a loop, of @arizeai/openinference-vercel 3.2.1',
    {
      'ai.operationId': 'ai.generateText',
      'openinference.span.kind': 'AGENT',
      'llm.token_count.prompt': 8,
      'llm.token_count.completion': 1,
    },
    { dialect: 'Vercel AI SDK', type: 'agent' },
  ],
  [
    'langsmith 0.12.0 over version 6',
    {
      ...{ 'ai.operationId': 'ai.generateText.doGenerate', 'langsmith.span.kind': 'llm' },
      ...{ 'ai.usage.inputTokens': 8, 'ai.usage.outputTokens': 1 },
      ...{ 'langsmith.metadata.userId': 'ann', 'langsmith.metadata.sessionId': 's-1' },
      'langsmith.metadata.ls_provider': 'openai',
    },
    { type: 'model', userId: 'ann', sessionId: 's-1', metadata: { userId: 'ann', sessionId: 's-1' } },
  ],
  [
    '@traceloop/node-server-sdk 0.27.0 over version 5',
    {
      ...{ 'ai.operationId': 'ai.generateText.doGenerate', 'ai.usage.totalTokens': 9 },
      ...{
        'gen_ai.usage.input_tokens': 8,
        'gen_ai.usage.output_tokens': 1,
        'gen_ai.provider.name': 'openai',
      },
      ...{ 'gen_ai.input.messages': '[{"role":"user"}]', 'gen_ai.output.messages': '[{"role":"assistant"}]' },
    },
    {
      ...{ type: 'model', provider: 'openai', usage: { input: 8, output: 1, total: 9 } },
      ...{ input: [{ role: 'user' }], output: [{ role: 'assistant' }] },
    },
  ],
])('one span in the words of several: %s', (_, attributes, expected) => {
  expect(toldBy(span(attributes))).toMatchObject(expected)
})

test('an id that the AI SDK made itself is not the answer of a provider', () => {
  for (const [id, expected] of [
    ['aitxt-1', undefined],
    ['chatcmpl-1', 'chatcmpl-1'],
  ]) {
    const attributes = {
      'ai.operationId': 'ai.streamText.doStream',
      'ai.response.id': id,
      'gen_ai.response.id': id,
    }
    expect(toldBy(span(attributes)).responseId).toBe(expected)
  }
})

test.each([
  [{ input: 8, cached: 9 }],
  [{ input: -8, cached: 1 }],
  [{ input: 8.5, cached: 1 }],
  [{ input: 8, cached: -1 }],
])('tokens that cannot be are unknown: %o', ({ input, cached }) => {
  for (const names of [
    ['openinference.span.kind', 'llm.token_count.prompt', 'llm.token_count.prompt_details.cache_read'],
    ['langsmith.span.kind', 'gen_ai.usage.input_tokens', 'gen_ai.usage.cache_read.input_tokens'],
    ['lmnr.span.type', 'gen_ai.usage.input_tokens', 'gen_ai.usage.cache_read.input_tokens'],
  ]) {
    const [kind = '', ofInput = '', ofCached = ''] = names
    const output = { 'llm.token_count.completion': 1, 'gen_ai.usage.output_tokens': 1 }
    const told = toldBy(span({ [kind]: 'LLM', [ofInput]: input, [ofCached]: cached, ...output }))
    expect(told).toMatchObject({ type: 'model' })
    expect(told.usage).toBeUndefined()
  }
})

test.each<[Attributes, string]>([
  [{ 'openinference.span.kind': 'TOOL' }, 'tool'],
  [{ 'openinference.span.kind': 'RERANKER' }, 'reranker'],
  [{ 'langfuse.observation.type': 'retriever' }, 'retriever'],
  [{ 'langsmith.span.kind': 'chain' }, 'chain'],
  [{ 'lmnr.span.type': 'TOOL' }, 'tool'],
  [{ 'traceloop.span.kind': 'task' }, 'task'],
  [{ 'llm.request.type': 'rerank' }, 'rerank'],
  [{ 'llm.request.type': 'chat' }, 'model'],
  [{ 'ai.operationId': 'ai.toolCall' }, 'tool'],
  [{ 'ai.operationId': 'ai.embedMany' }, 'agent'],
  [{ 'http.request.method': 'GET' }, 'function'],
])('%o is a %s', (attributes, type) => {
  expect(toldBy(span(attributes)).type).toBe(type)
})
