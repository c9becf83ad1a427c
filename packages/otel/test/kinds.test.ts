import { expect, test } from 'vitest'
import { modelCall, setUp } from './set-up.ts'

const given = setUp()

/** The attributes of a call with this key, request and answer. */
function attributesOf(key: string, request: object, answer: object = {}) {
  const [input, output] = [{ json: JSON.stringify([request]) }, { json: JSON.stringify(answer) }]
  given.trace({ content: true }).append(modelCall({ key, name: key, input, output }))
  return given.spans()[0]?.attributes ?? {}
}
const parsed = (value: unknown) => JSON.parse(String(value))

test.each([
  ['openai.chat.completions', 'chat'],
  ['openai.responses', 'chat'],
  ['openai.completions', 'text_completion'],
  ['anthropic.complete', 'text_completion'],
  ['openai.embeddings', 'embeddings'],
  ['google.embed-content', 'embeddings'],
  ['openai.moderations', 'moderation'],
  ['openai.images.generations', 'image_generation'],
  ['openai.audio.speech', 'speech'],
  ['openai.audio.transcriptions', 'transcription'],
  ['bedrock.converse-stream', 'chat'],
])('%s is the operation %s', (key, operation) => {
  expect(attributesOf(key, { model: 'm' })['gen_ai.operation.name']).toBe(operation)
})

test.each([
  ['amazon.titan-embed-text-v2:0', 'embeddings'],
  ['anthropic.claude-haiku-4-5', 'chat'],
])('bedrock.invoke-model of %s is the operation %s', (modelId, operation) => {
  expect(attributesOf('bedrock.invoke-model', { modelId })['gen_ai.operation.name']).toBe(operation)
})

test('what a request asks for: top_k, settings of each vendor, and the type of the output', () => {
  expect(
    attributesOf('openai.responses', {
      ...{ model: 'm', top_k: 40, max_output_tokens: 9, reasoning: { effort: 'high' } },
      text: { format: { type: 'json_schema' } },
    }),
  ).toMatchObject({
    ...{
      'gen_ai.request.top_k': 40,
      'gen_ai.request.max_tokens': 9,
      'gen_ai.request.reasoning.level': 'high',
    },
    'gen_ai.output.type': 'json',
  })
})

test('each choice has a finish reason, and the answer its id', () => {
  const choice = (finish_reason: string) => ({ message: { role: 'assistant', content: 'a' }, finish_reason })
  const body = { id: 'chatcmpl-1', choices: [choice('stop'), choice('length')] }
  expect(attributesOf('openai.chat.completions', { n: 2 }, { status: 200, body })).toMatchObject({
    ...{ 'gen_ai.response.id': 'chatcmpl-1', 'gen_ai.response.finish_reasons': ['stop', 'length'] },
    'gen_ai.request.choice.count': 2,
  })
})

test("OpenAI's Responses: instructions, items, tools and the answer", () => {
  const attributes = attributesOf(
    'openai.responses',
    {
      model: 'gpt-5',
      instructions: 'Be brief.',
      input: [
        { role: 'user', content: [{ type: 'input_text', text: 'Where is it?' }] },
        { type: 'function_call', call_id: 'c-1', name: 'search', arguments: '{"order":7}' },
        { type: 'function_call_output', call_id: 'c-1', output: '{"state":"sent"}' },
      ],
      tools: [{ type: 'function', name: 'search' }],
    },
    {
      status: 200,
      body: {
        id: 'resp-1',
        output: [
          { type: 'reasoning', summary: [{ type: 'summary_text', text: 'thinking' }] },
          { type: 'message', role: 'assistant', content: [{ type: 'output_text', text: 'In the post.' }] },
        ],
      },
    },
  )
  expect(parsed(attributes['gen_ai.system_instructions'])).toEqual([{ type: 'text', content: 'Be brief.' }])
  expect(parsed(attributes['gen_ai.input.messages'])).toEqual([
    { role: 'user', parts: [{ type: 'text', content: 'Where is it?' }] },
    { role: 'assistant', parts: [{ type: 'tool_call', id: 'c-1', name: 'search', arguments: { order: 7 } }] },
    { role: 'tool', parts: [{ type: 'tool_call_response', id: 'c-1', response: '{"state":"sent"}' }] },
  ])
  expect(parsed(attributes['gen_ai.tool.definitions'])).toEqual([{ type: 'function', name: 'search' }])
  expect(parsed(attributes['gen_ai.output.messages'])).toEqual([
    { role: 'assistant', parts: [{ type: 'reasoning', content: 'thinking' }] },
    { role: 'assistant', parts: [{ type: 'text', content: 'In the post.' }] },
  ])
})

test('a text as the input of Responses', () => {
  const attributes = attributesOf('openai.responses', { input: 'Hi' })
  expect(parsed(attributes['gen_ai.input.messages'])).toEqual([
    { role: 'user', parts: [{ type: 'text', content: 'Hi' }] },
  ])
})

test('Anthropic: system, tools used, and the answer', () => {
  const attributes = attributesOf(
    'anthropic.messages',
    {
      system: [{ type: 'text', text: 'Be brief.' }],
      messages: [
        { role: 'user', content: 'Where is it?' },
        {
          role: 'assistant',
          content: [{ type: 'tool_use', id: 't-1', name: 'search', input: { order: 7 } }],
        },
        { role: 'user', content: [{ type: 'tool_result', tool_use_id: 't-1', content: 'sent' }] },
      ],
    },
    {
      status: 200,
      body: { id: 'msg-1', content: [{ type: 'text', text: 'In the post.' }], stop_reason: 'end_turn' },
    },
  )
  expect(parsed(attributes['gen_ai.system_instructions'])).toEqual([{ type: 'text', content: 'Be brief.' }])
  expect(parsed(attributes['gen_ai.input.messages'])).toEqual([
    { role: 'user', parts: [{ type: 'text', content: 'Where is it?' }] },
    { role: 'assistant', parts: [{ type: 'tool_call', id: 't-1', name: 'search', arguments: { order: 7 } }] },
    { role: 'user', parts: [{ type: 'tool_call_response', id: 't-1', response: 'sent' }] },
  ])
  expect(parsed(attributes['gen_ai.output.messages'])).toEqual([
    { role: 'assistant', parts: [{ type: 'text', content: 'In the post.' }], finish_reason: 'end_turn' },
  ])
})

test("Bedrock's Converse: system, tools used, and the answer", () => {
  const attributes = attributesOf(
    'bedrock.converse',
    {
      modelId: 'claude',
      system: [{ text: 'Be brief.' }],
      messages: [
        { role: 'user', content: [{ text: 'Where is it?' }] },
        {
          role: 'assistant',
          content: [{ toolUse: { toolUseId: 't-1', name: 'search', input: { order: 7 } } }],
        },
      ],
      toolConfig: { tools: [{ toolSpec: { name: 'search' } }] },
    },
    {
      output: { message: { role: 'assistant', content: [{ text: 'In the post.' }] } },
      stopReason: 'end_turn',
    },
  )
  expect(parsed(attributes['gen_ai.input.messages'])[1]).toEqual({
    role: 'assistant',
    parts: [{ type: 'tool_call', id: 't-1', name: 'search', arguments: { order: 7 } }],
  })
  expect(parsed(attributes['gen_ai.tool.definitions'])).toEqual([{ toolSpec: { name: 'search' } }])
  expect(parsed(attributes['gen_ai.output.messages'])).toEqual([
    { role: 'assistant', parts: [{ type: 'text', content: 'In the post.' }], finish_reason: 'end_turn' },
  ])
})

test('Google: contents and candidates', () => {
  const attributes = attributesOf(
    'google.generate-content',
    {
      contents: [{ role: 'user', parts: [{ text: 'Where is it?' }] }],
      config: { systemInstruction: 'Be brief.' },
    },
    { candidates: [{ content: { role: 'model', parts: [{ text: 'In the post.' }] }, finishReason: 'STOP' }] },
  )
  expect(parsed(attributes['gen_ai.system_instructions'])).toEqual([{ type: 'text', content: 'Be brief.' }])
  expect(parsed(attributes['gen_ai.input.messages'])).toEqual([
    { role: 'user', parts: [{ type: 'text', content: 'Where is it?' }] },
  ])
  expect(parsed(attributes['gen_ai.output.messages'])[0]).toMatchObject({
    role: 'model',
    finish_reason: 'STOP',
  })
})
